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
    FIRST_NAMES,
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
    TRAINING_ANIMATE_STATES,
    TRAINING_ANIMATE_VERBS,
    TRAINING_ANIMATES,
    TRAINING_BELONGINGS,
    TRAINING_POSSESSIONS,
    TRAINING_THING_STATES,
    TRAINING_THING_VERBS,
    TRAINING_THINGS,
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
_MORE_DISTRACTORS = (
    "above {n}",
    "below {n}",
    "inside {n}",
    "outside {n}",
    "without {n}",
    "among the boxes and {n}",
    "at the end of the road near {n}",
    "beyond {n}",
    "along the wall with {n}",
    "in the photo of {n}",
    "in the story about {n}",
    "as well as {n}",
    "together with {n}",
    "on the other side of {n}",
    "to the right of {n}",
    "standing next to {n}",
    "waiting near {n}",
    "seen by {name}",
    "painted by {name}",
    "loved by {name}",
    "which {name} told me about",
    "that {name} wrote about",
    "that I told {name} about",
    "that we saw near {n}",
    "that they keep behind {n}",
    "from the town with {n}",
    "in the room with {n}",
    "of {name} and {other}",
    "of my friends {name} and {other}",
    "after the walk with {name}",
    "{name} told us about",
    "we met near {n}",
)
_MORE_THING_DISTRACTORS = (
    "lying on {n}",
    "made for {n}",
    "hidden under {n}",
    "given to {n}",
    "belonging to {name}",
    "owned by {n}",
    "bought by {name} for {n}",
    "left behind by {n}",
    "over {n}",
    "on top of {n}",
    "from {name}",
)

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
    "Please take {det} {n} away.",
    "Where did you find {det} {n} yesterday?",
    "I will never forget {det} {n} again.",
    "{name} asked about {det} {n} twice.",
    "Put {det} {n} on the floor.",
    "Can I have {det} {n} for a day?",
    "With {det} {n} in the way nobody can pass.",
    "My sister bought {det} {n} in Paris.",
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
    "{name} dreamed of a {s}.",
    "There was a picture of three {p} in the book.",
    "{name} wrote a story about two {p} and a {s}.",
    "Can you draw four {p}?",
    "I never had a {s} before.",
    "We talked about the {p} for hours.",
    "{name} has one {s}, not two {p}.",
)


AUXILIARIES = ("is", "are", "was", "were", "has", "have", "does", "do")
_ADVERBS = ("always", "often", "never", "usually", "sometimes", "still", "really", "also", "only", "rarely")
_SPOTS = (
    "on the table",
    "in the house",
    "near the river",
    "under the bed",
    "behind the doors",
    "on the hills",
    "in the garden",
    "next to the windows",
    "at the station",
    "by the trees",
    "in the boxes",
    "on the roof",
    "at the back of the room",
    "in the pictures",
    "between the houses",
    "in front of the school",
    "down the road",
    "in this town",
)
_MANY = ("two", "three", "four", "five", "ten", "twenty", "many", "some", "several", "a few", "a lot of", "no", "more")
_THERE = (
    "There {verb} {what} {spot}.",
    "There {verb} {what} {spot}.",
    "There {verb} {what} here.",
    "{Verb} there {what} {spot}?",
    "Here {verb} {what}.",
    "I think there {verb} {what} {spot}.",
    "Everybody says there {verb} {what} {spot}.",
    "In the story there {verb} {what}.",
)
_NUMBER_STATES = (
    "is small",
    "is growing",
    "was too high",
    "is twelve",
    "has changed",
    "is not known",
    "grows every year",
)
_SINGULAR_QUANTITIES = (
    "Each of the {p}",
    "Every {s}",
    "Each {s}",
    "One of the {p}",
    "One {s}",
    "No {s}",
    "Not one of the {p}",
    "Another {s}",
    "The first of the {p}",
    "Every one of these {p}",
    "Only one of my {p}",
    "Neither of the {p}",
    "The last {s}",
    "The other {s}",
)
_PLURAL_QUANTITIES = (
    "All of the {p}",
    "Many {p}",
    "Most of the {p}",
    "Some {p}",
    "A few of the {p}",
    "Several {p}",
    "Two of the {p}",
    "Both {p}",
    "Three {p}",
    "Ten {p}",
    "Hundreds of {p}",
    "A lot of {p}",
    "The other {p}",
    "Few {p}",
    "All {p}",
    "A number of {p}",
)
_LOOKING = (
    ("sees", "see"),
    ("likes", "like"),
    ("knows", "know"),
    ("helps", "help"),
    ("follows", "follow"),
    ("loves", "love"),
    ("watches", "watch"),
    ("hears", "hear"),
)
"""What one does to another: (singular, plural)."""
_OWNING = (("has", "have"), ("needs", "need"), ("wants", "want"), ("uses", "use"), ("sells", "sell"), ("hates", "hate"))
_PRONOUNS = (
    ("He", False),
    ("She", False),
    ("It", False),
    ("They", True),
    ("We", True),
    ("You", True),
    ("I", True),
    ("Everybody", False),
    ("Nobody", False),
    ("Someone", False),
    ("", False),
    ("", False),
    ("", False),
)
"""With the number of its verb; the empty one is a name."""
_RELATIVES = ("sister", "brother", "mother", "father", "aunt", "uncle", "friend", "cousin", "neighbor", "teacher")


class Clause(NamedTuple):
    """`subject` + ` ` + `right` + ` ` + `ending`; `wrong` is the other number's form."""

    subject: str
    right: str
    wrong: str
    ending: str


class Predicates(NamedTuple):
    """What may be said of a kind of subject: it is, it has, it does."""

    states: tuple[str, ...]
    possessions: tuple[str, ...]
    verbs: tuple[Verb, ...]


class Vocabulary(NamedTuple):
    """The nouns that may be subjects and the phrases that may follow them."""

    things: tuple[Noun, ...]
    animates: tuple[Noun, ...]
    males: tuple[Noun, ...]
    females: tuple[Noun, ...]
    distractors: tuple[str, ...]
    thing_distractors: tuple[str, ...]
    near_things: tuple[Noun, ...]
    """What a distracting phrase may name."""
    near_animates: tuple[Noun, ...]
    names: tuple[str, ...]
    thing_predicates: Predicates
    animate_predicates: Predicates


TRAINING = Vocabulary(
    TRAINING_THINGS,
    (*TRAINING_ANIMATES, *MALES, *FEMALES),
    MALES,
    FEMALES,
    (*DISTRACTORS, *_MORE_DISTRACTORS),
    (*DISTRACTORS, *_THING_DISTRACTORS, *_MORE_DISTRACTORS, *_MORE_THING_DISTRACTORS),
    TRAINING_THINGS,
    (*TRAINING_ANIMATES, *MALES, *FEMALES),
    FIRST_NAMES,
    Predicates(TRAINING_THING_STATES, TRAINING_POSSESSIONS, TRAINING_THING_VERBS),
    Predicates(TRAINING_ANIMATE_STATES, TRAINING_BELONGINGS, TRAINING_ANIMATE_VERBS),
)
HELD_OUT = Vocabulary(
    HELD_OUT_THINGS,
    (*HELD_OUT_ANIMATES, *HELD_OUT_MALES, *HELD_OUT_FEMALES),
    HELD_OUT_MALES,
    HELD_OUT_FEMALES,
    HELD_OUT_DISTRACTORS,
    HELD_OUT_DISTRACTORS,
    THINGS,
    ANIMATES,
    NAMES,
    Predicates(THING_STATES, POSSESSIONS, THING_VERBS),
    Predicates(ANIMATE_STATES, BELONGINGS, ANIMATE_VERBS),
)
"""The nouns inside the distracting phrases are training's, since they are not subjects."""


def _form(noun: Noun, plural: bool) -> str:
    return noun.plural if plural else noun.singular


def _distractor(rng: Random, vocabulary: Vocabulary, phrases: tuple[str, ...]) -> str:
    noun = rng.choice(vocabulary.near_things if rng.random() < 0.75 else vocabulary.near_animates)
    adjective = f"{rng.choice(AGELESS_ADJECTIVES)} " if rng.random() < 0.2 else ""
    name, other = rng.sample(vocabulary.names, 2)
    plural = rng.random() < 0.5
    return rng.choice(phrases).format(n=f"the {adjective}{_form(noun, plural)}", name=name, other=other)


class Words(NamedTuple):
    """What a subject is made of."""

    noun: Noun
    plural: bool
    adjectives: tuple[str, ...]
    phrases: tuple[str, ...]


def _subject(rng: Random, vocabulary: Vocabulary, words: Words, bare: float) -> str:
    """`The old keys near the cabinet`; with probability `bare` nothing follows the noun."""
    plural = words.plural
    determiners = ("The", "The", "The", "These" if plural else "This", "My", "Those" if plural else "That")
    parts = [rng.choice(determiners)]
    if rng.random() < 0.25:
        parts.append(rng.choice(words.adjectives))
    parts.append(_form(words.noun, plural))
    if rng.random() >= bare:
        parts.append(_distractor(rng, vocabulary, words.phrases))
    return " ".join(parts)


def _clause(rng: Random, vocabulary: Vocabulary, bare: float) -> Clause:
    plural = rng.random() < 0.5
    if rng.random() < 0.5:
        words = Words(rng.choice(vocabulary.things), plural, AGELESS_ADJECTIVES, vocabulary.thing_distractors)
        predicates = vocabulary.thing_predicates
    else:
        words = Words(rng.choice(vocabulary.animates), plural, PERSON_ADJECTIVES, vocabulary.distractors)
        predicates = vocabulary.animate_predicates
    subject = _subject(rng, vocabulary, words, bare)
    forms, ending = _predicate(rng, predicates.states, predicates.possessions, rng.choice(predicates.verbs))
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
    words = Words(rng.choice(nouns), plural, PERSON_ADJECTIVES, vocabulary.distractors)
    subject = _subject(rng, vocabulary, words, bare=0.5)
    right, wrong = ("themselves", one) if plural else (one, "themselves")
    return Clause(f"{subject} {verb}", right, wrong, rng.choice(endings))


def _pointing(rng: Random) -> str:
    plural = rng.random() < 0.5
    noun = rng.choice(TRAINING_THINGS)
    determiner = rng.choice(("these", "those") if plural else ("this", "that"))
    return rng.choice(_POINTINGS).format(det=determiner, n=_form(noun, plural), name=rng.choice(FIRST_NAMES))


def _counting(rng: Random) -> str:
    """Both numbers of a noun without any verb that agrees with it; held-out nouns are learnt here."""
    nouns = (*HELD_OUT_THINGS, *HELD_OUT_ANIMATES, *HELD_OUT_MALES, *HELD_OUT_FEMALES)
    noun = rng.choice(nouns if rng.random() < 0.6 else TRAINING.things + TRAINING.animates)
    return rng.choice(_COUNTINGS).format(s=noun.singular, p=noun.plural, name=rng.choice(FIRST_NAMES))


def _text(clause: Clause) -> str:
    return f"{clause.subject} {clause.right} {clause.ending}".rstrip() + "."


def _plain(rng: Random) -> str:
    return _text(_clause(rng, TRAINING, bare=0.3))


def _reflected(rng: Random) -> str:
    return _text(_reflexive(rng, TRAINING))


def _kind(rng: Random) -> tuple[tuple[Noun, ...], Predicates]:
    """Things or living beings, with what may be said of them."""
    if rng.random() < 0.5:
        return TRAINING.things, TRAINING.thing_predicates
    return TRAINING.animates, TRAINING.animate_predicates


def _said(rng: Random, predicates: Predicates, plural: bool) -> str:
    """`are very old`: a verb of that number, perhaps after an adverb, and what follows it."""
    forms, ending = _predicate(rng, predicates.states, predicates.possessions, rng.choice(predicates.verbs))
    verb = forms[plural]
    if verb not in AUXILIARIES and rng.random() < 0.12:
        verb = f"{rng.choice(_ADVERBS)} {verb}"
    return f"{verb} {ending}"


def _indefinite(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _there(rng: Random) -> str:
    """`There are two keys on the table.`"""
    nouns, _ = _kind(rng)
    noun = rng.choice(nouns)
    adjective = f"{rng.choice(AGELESS_ADJECTIVES)} " if rng.random() < 0.3 else ""
    plural = rng.random() < 0.5
    past = rng.random() < 0.35
    verb = (("is", "are"), ("was", "were"))[past][plural]
    what = f"{rng.choice(_MANY)} {adjective}{noun.plural}" if plural else _indefinite(adjective + noun.singular)
    return rng.choice(_THERE).format(verb=verb, Verb=verb.capitalize(), what=what, spot=rng.choice(_SPOTS))


def _quantified(rng: Random) -> str:
    """`Each of the dogs is hungry.` `Many dogs are hungry.` `The number of dogs is small.`"""
    nouns, predicates = _kind(rng)
    noun = rng.choice(nouns)
    kind = rng.random()
    if kind < 0.12:
        return f"The number of {noun.plural} {rng.choice(_NUMBER_STATES)}."
    plural = rng.random() < 0.5
    subject = rng.choice(_PLURAL_QUANTITIES if plural else _SINGULAR_QUANTITIES)
    after = f" {rng.choice(_SPOTS)}" if rng.random() < 0.25 else ""
    return f"{subject.format(s=noun.singular, p=noun.plural)}{after} {_said(rng, predicates, plural)}."


def _coordinated(rng: Random) -> str:
    """Two subjects are plural: `The dog and the cat are hungry.` `Anna and Ben like the house.`"""
    nouns, predicates = _kind(rng)
    if predicates is TRAINING.animate_predicates and rng.random() < 0.4:
        name, other = rng.sample(FIRST_NAMES, 2)
        return f"{name} and {other} {_said(rng, predicates, plural=True)}."
    first, second = rng.sample(nouns, 2)
    both = "Both the" if rng.random() < 0.15 else rng.choice(("The", "The", "My"))
    one, two = _form(first, rng.random() < 0.3), _form(second, rng.random() < 0.3)
    article = rng.choice(("the", "the", "my")) if both != "My" else "my"
    after = f" {rng.choice(_SPOTS)}" if rng.random() < 0.3 else ""
    return f"{both} {one} and {article} {two}{after} {_said(rng, predicates, plural=True)}."


def _relative(rng: Random) -> str:
    """Two verbs, each with its own subject: `The boys who like the girl are late.`"""
    plural, inner = rng.random() < 0.5, rng.random() < 0.5
    near = rng.choice(TRAINING.animates)
    verb = rng.choice(_LOOKING)
    if rng.random() < 0.5:
        noun, predicates = rng.choice(TRAINING.animates), TRAINING.animate_predicates
        if rng.random() < 0.6:
            relative = f"{rng.choice(('who', 'that'))} {verb[plural]} the {_form(near, inner)}"
        else:
            relative = f"{rng.choice(('who', 'that'))} the {_form(near, inner)} {verb[inner]}"
    else:
        noun, predicates = rng.choice(TRAINING.things), TRAINING.thing_predicates
        relative = f"{rng.choice(('which', 'that'))} the {_form(near, inner)} {rng.choice(_OWNING)[inner]}"
    return f"The {_form(noun, plural)} {relative} {_said(rng, predicates, plural)}."


def _pronoun(rng: Random) -> str:
    """`She likes the rain.` `They are late.` and names alone."""
    subject, plural = rng.choice(_PRONOUNS)
    if subject == "I":
        return f"I {rng.choice(('am', 'am', 'was'))} {rng.choice(TRAINING_ANIMATE_STATES)}."
    if subject == "It":
        return f"It {_said(rng, TRAINING.thing_predicates, plural=False)}."
    if subject == "":
        subject = rng.choice(FIRST_NAMES)
        subject = rng.choice(
            (subject, f"{subject}'s {rng.choice(_RELATIVES)}", f"My {rng.choice(_RELATIVES)} {subject}")
        )
    return f"{subject} {_said(rng, TRAINING.animate_predicates, plural)}."


def _owned(rng: Random) -> str:
    """The owner's number does not matter: `The farmers' dog is old.`"""
    nouns, predicates = _kind(rng)
    plural = rng.random() < 0.5
    owner = rng.choice(TRAINING.animates)
    owning = rng.choice(
        (f"The {owner.singular}'s", rng.choice(FIRST_NAMES) + "'s", "Our", "Their", "His", "Her", "Your")
    )
    after = f" {_distractor(rng, TRAINING, TRAINING.distractors)}" if rng.random() < 0.4 else ""
    return f"{owning} {_form(rng.choice(nouns), plural)}{after} {_said(rng, predicates, plural)}."


def _question(rng: Random) -> str:
    """`Are the keys near the door new?` `Does the boy like the music?`"""
    nouns, predicates = _kind(rng)
    plural = rng.random() < 0.5
    subject = f"{rng.choice(('the', 'the', 'my', 'these' if plural else 'this'))} {_form(rng.choice(nouns), plural)}"
    kind = rng.random()
    if kind < 0.3:
        verb = rng.choice(predicates.verbs)
        return f"{'Do' if plural else 'Does'} {subject} {verb.plural} {rng.choice(verb.endings)}?"
    if kind < 0.45:
        return f"{rng.choice(('Where', 'How old', 'Why'))} {'are' if plural else 'is'} {subject}?"
    verb = rng.choice((("Is", "Are"), ("Is", "Are"), ("Was", "Were")))[plural]
    if rng.random() < 0.3:
        subject = f"{subject} {rng.choice(_SPOTS)}"
    return f"{verb} {subject} {rng.choice(predicates.states)}?"


def _taken_up(rng: Random) -> str:
    """A pronoun keeps the number: `The keys near the cabinet are old. They are on the table.`"""
    plural = rng.random() < 0.5
    nouns, predicates = _kind(rng)
    near = f" {_distractor(rng, TRAINING, DISTRACTORS)}" if rng.random() < 0.5 else ""
    first = f"The {_form(rng.choice(nouns), plural)}{near} {_said(rng, predicates, plural)}"
    pronoun = "they" if plural else "it"
    link = rng.choice((". ", ". ", " and ", ", but ", ", so "))
    pronoun = pronoun.capitalize() if link == ". " else pronoun
    return f"{first}{link}{pronoun} {_said(rng, predicates, plural)}."


def _listed_twice(rng: Random) -> str:
    """The same said of one and of many: `The dog sleeps all day. The dogs sleep all day.`"""
    nouns, predicates = _kind(rng)
    noun = rng.choice(nouns)
    forms, ending = _predicate(rng, predicates.states, predicates.possessions, rng.choice(predicates.verbs))
    one, many = f"The {noun.singular} {forms[0]} {ending}", f"The {noun.plural} {forms[1]} {ending}"
    first, second = (one, many) if rng.random() < 0.5 else (many, one)
    return f"{first}. {second}." if rng.random() < 0.6 else f"{first}, and {second[0].lower()}{second[1:]} too."


_MAKERS = (
    (_plain,) * 24
    + (_reflected,) * 4
    + (_pointing,) * 3
    + (_counting,) * 4
    + (_there, _quantified, _coordinated, _relative, _pronoun, _owned) * 3
    + (_question, _taken_up) * 2
    + (_listed_twice,)
)


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)


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
