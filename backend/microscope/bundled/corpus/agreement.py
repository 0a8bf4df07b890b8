"""Number agreement: a verb, a reflexive or a noun has the number of its subject, whatever stands between."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import (
    AGELESS_ADJECTIVES,
    ANIMATE_STATES,
    ANIMATE_VERBS,
    ANIMATES,
    BELONGINGS,
    FEMALES,
    HELD_OUT_ANIMATES,
    HELD_OUT_FEMALES,
    HELD_OUT_MALES,
    HELD_OUT_THINGS,
    MALES,
    NAMES,
    PERSON_ADJECTIVES,
    POSSESSIONS,
    THING_STATES,
    THING_VERBS,
    THINGS,
    Noun,
    Verb,
)

# What stands between subject and verb; {n} is a noun of either number with its article.
DISTRACTORS = (
    "near {n}",
    "behind {n}",
    "beside {n}",
    "next to {n}",
    "in front of {n}",
    "by {n}",
    "close to {n}",
    "with {n}",
    "between {n} and the wall",
    "that {name} saw",
    "that {name} likes",
    "that {name} and {other} know",
    "from the picture of {n}",
    "across from {n}",
)
HELD_OUT_DISTRACTORS = (
    "opposite {n}",
    "far from {n}",
    "on the left of {n}",
    "around {n}",
    "that {name} found with {n}",
)
_THING_DISTRACTORS = ("for {n}", "under {n}", "to {n}", "on {n}")

# A verb, and what may follow its reflexive.
_REFLEXIVES = (
    ("hurt", ("", "yesterday", "in the garden")),
    ("saw", ("in the mirror", "in the water", "in the picture")),
    ("looked at", ("in the mirror", "in the window")),
    ("washed", ("", "in the river")),
    ("asked", ("a question", "why")),
    ("helped", ("to some cake", "to the food")),
    ("liked", ("in the picture",)),
    ("talked to", ("all day", "at night")),
    ("dressed", ("in the morning", "for school")),
    ("taught", ("to read", "to swim")),
    ("blamed", ("for it", "")),
)
_POINTINGS = (
    "Look at {det} {n} over there.",
    "I like {det} {n} a lot.",
    "We saw {det} {n} yesterday.",
    "{name} wants {det} {n} for the house.",
    "Who gave me {det} {n} today?",
    "Do you know {det} {n} here?",
    "{name} painted {det} {n} last year.",
)
HELD_OUT_POINTING = "Nobody has ever bought {det} {n} before."
_COUNTINGS = (
    "{name} has one {s} at home.",
    "{name} drew a {s}.",
    "{name} has two {p} at home.",
    "{name} counted three {p}.",
    "We found many {p}.",
    "One {s}, two {p}.",
    "First one {s}, then many {p}.",
)


class Clause(NamedTuple):
    """`subject` + ` ` + `right` + ` ` + `ending`; `wrong` is the other number's form."""

    subject: str
    right: str
    wrong: str
    ending: str


class Vocabulary(NamedTuple):
    """The nouns that may be subjects and the phrases that may follow them."""

    things: tuple[Noun, ...]
    animates: tuple[Noun, ...]
    males: tuple[Noun, ...]
    females: tuple[Noun, ...]
    distractors: tuple[str, ...]
    thing_distractors: tuple[str, ...]


TRAINING = Vocabulary(
    THINGS, (*ANIMATES, *MALES, *FEMALES), MALES, FEMALES, DISTRACTORS, (*DISTRACTORS, *_THING_DISTRACTORS)
)
HELD_OUT = Vocabulary(
    HELD_OUT_THINGS,
    (*HELD_OUT_ANIMATES, *HELD_OUT_MALES, *HELD_OUT_FEMALES),
    HELD_OUT_MALES,
    HELD_OUT_FEMALES,
    HELD_OUT_DISTRACTORS,
    HELD_OUT_DISTRACTORS,
)
"""The nouns inside the distracting phrases are training's, since they are not subjects."""


def _form(noun: Noun, plural: bool) -> str:
    return noun.plural if plural else noun.singular


def _distractor(rng: Random, phrases: tuple[str, ...]) -> str:
    noun = rng.choice(THINGS if rng.random() < 0.75 else ANIMATES)
    adjective = f"{rng.choice(AGELESS_ADJECTIVES)} " if rng.random() < 0.2 else ""
    name, other = rng.sample(NAMES, 2)
    plural = rng.random() < 0.5
    return rng.choice(phrases).format(n=f"the {adjective}{_form(noun, plural)}", name=name, other=other)


def _subject(
    rng: Random, noun: Noun, plural: bool, adjectives: tuple[str, ...], phrases: tuple[str, ...], bare: float
) -> str:
    """`The old keys near the cabinet`; with probability `bare` nothing follows the noun."""
    determiners = ("The", "The", "The", "These" if plural else "This", "My", "Those" if plural else "That")
    words = [rng.choice(determiners)]
    if rng.random() < 0.25:
        words.append(rng.choice(adjectives))
    words.append(_form(noun, plural))
    if rng.random() >= bare:
        words.append(_distractor(rng, phrases))
    return " ".join(words)


def _clause(rng: Random, vocabulary: Vocabulary, bare: float) -> Clause:
    plural = rng.random() < 0.5
    if rng.random() < 0.5:
        noun, adjectives, phrases = rng.choice(vocabulary.things), AGELESS_ADJECTIVES, vocabulary.thing_distractors
        states, possessions, verbs = THING_STATES, POSSESSIONS, THING_VERBS
    else:
        noun, adjectives, phrases = rng.choice(vocabulary.animates), PERSON_ADJECTIVES, vocabulary.distractors
        states, possessions, verbs = ANIMATE_STATES, BELONGINGS, ANIMATE_VERBS
    subject = _subject(rng, noun, plural, adjectives, phrases, bare)
    forms, ending = _predicate(rng, states, possessions, rng.choice(verbs))
    return Clause(subject, forms[plural], forms[not plural], ending)


def _predicate(
    rng: Random, states: tuple[str, ...], possessions: tuple[str, ...], verb: Verb
) -> tuple[tuple[str, str], str]:
    """(singular, plural) of a verb, and what follows it."""
    kind = rng.random()
    if kind < 0.25:
        return ("is", "are"), rng.choice(states)
    if kind < 0.4:
        return ("was", "were"), rng.choice(states)
    if kind < 0.52:
        return ("has", "have"), rng.choice(possessions)
    if kind < 0.62:
        return ("does", "do"), f"not {verb.plural} {rng.choice(verb.endings)}"
    return (verb.singular, verb.plural), rng.choice(verb.endings)


def _reflexive(rng: Random, vocabulary: Vocabulary) -> Clause:
    nouns, one = ((vocabulary.males, "himself"), (vocabulary.females, "herself"))[rng.random() < 0.5]
    plural = rng.random() < 0.4
    verb, endings = rng.choice(_REFLEXIVES)
    subject = _subject(rng, rng.choice(nouns), plural, PERSON_ADJECTIVES, vocabulary.distractors, bare=0.5)
    right, wrong = ("themselves", one) if plural else (one, "themselves")
    return Clause(f"{subject} {verb}", right, wrong, rng.choice(endings))


def _pointing(rng: Random) -> str:
    plural = rng.random() < 0.5
    noun = rng.choice(THINGS)
    determiner = rng.choice(("these", "those") if plural else ("this", "that"))
    return rng.choice(_POINTINGS).format(det=determiner, n=_form(noun, plural), name=rng.choice(NAMES))


def _counting(rng: Random) -> str:
    """Both numbers of a noun without any verb that agrees with it; held-out nouns are learnt here."""
    nouns = (*HELD_OUT_THINGS, *HELD_OUT_ANIMATES, *HELD_OUT_MALES, *HELD_OUT_FEMALES)
    noun = rng.choice(nouns if rng.random() < 0.6 else TRAINING.things + TRAINING.animates)
    return rng.choice(_COUNTINGS).format(s=noun.singular, p=noun.plural, name=rng.choice(NAMES))


def _text(clause: Clause) -> str:
    return f"{clause.subject} {clause.right} {clause.ending}".rstrip() + "."


def sentence(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.7:
        return _text(_clause(rng, TRAINING, bare=0.3))
    if kind < 0.8:
        return _text(_reflexive(rng, TRAINING))
    if kind < 0.9:
        return _pointing(rng)
    return _counting(rng)


def held_out(rng: Random, count: int) -> list[Item]:
    """Held-out subjects, each followed by a distracting phrase of a held-out kind."""
    return [_held_out_item(rng) for _ in range(count)]


def _held_out_item(rng: Random) -> Item:
    kind = rng.random()
    if kind < 0.1:
        plural, noun = rng.random() < 0.5, rng.choice(HELD_OUT_THINGS)
        before, after = HELD_OUT_POINTING.format(det="these" if plural else "this", n="|").split("|")
        # What follows is part of the answer: `lamp` alone is a prefix of `lamps`, and so always the likelier one.
        right, wrong = f"{_form(noun, plural)}{after}", f"{_form(noun, not plural)}{after}"
        return Item("agreement", before.rstrip(), (right,), (wrong,), "determiner")
    if kind < 0.2:
        clause = _reflexive(rng, HELD_OUT)
        return Item("agreement", clause.subject, (clause.right,), (clause.wrong,), "reflexive")
    clause = _clause(rng, HELD_OUT, bare=0.0)
    if clause.right in ("is", "are", "was", "were", "has", "have", "does", "do"):
        return Item("agreement", clause.subject, (clause.right,), (clause.wrong,), "auxiliary")
    right, wrong = f"{clause.right} {clause.ending}", f"{clause.wrong} {clause.ending}"
    return Item("agreement", clause.subject, (right,), (wrong,), "verb")
