"""Short instructions, each made on the spot from word lists (count from 3 to 8, a sentence about rain).

Every kind also makes exchanges that training never shows: with words, number ranges, topics or frames kept out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from microscope.bundled.corpus.as_typed import as_typed
from microscope.bundled.corpus.instruction_tables import (
    BEGINNINGS,
    BY_SIZE,
    COUNTS,
    DAYS,
    FINISH,
    FINISH_KEPT_OUT,
    GROUPS,
    LISTS,
    MEMBERSHIP_KEPT_OUT,
    MONTHS,
    NEXT_TO_KEPT_OUT,
    NICE,
    NICE_KEPT_OUT,
    NICE_REPLIES,
    NOTES,
    PHRASES,
    PHRASES_KEPT_OUT,
    RHYME_KEPT_OUT,
    RHYMES,
    SAY,
    SAY_KEPT_OUT,
    SEASONS,
    SENTENCE,
    SENTENCE_KEPT_OUT,
    SERIES_KEPT_OUT,
    SHORT_LIST_KEPT_OUT,
    SOME_OF_KEPT_OUT,
    TOPICS,
    TOPICS_KEPT_OUT,
    UNCOUNTED,
    WORDS,
    WORDS_KEPT_OUT,
)


class Exchange(NamedTuple):
    user: str
    reply: str


def a(noun: str) -> str:
    """`noun` with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


# Instructions: each makes one exchange; with `kept_out`, one that training never shows.


def _say(rng: random.Random, kept_out: bool) -> Exchange:
    if kept_out:
        said = rng.choice(WORDS_KEPT_OUT + PHRASES_KEPT_OUT)
        return Exchange(rng.choice(SAY_KEPT_OUT if rng.random() < 0.3 else SAY).format(said), said)
    said = rng.choice(WORDS) if rng.random() < 0.5 else rng.choice(PHRASES)
    if rng.random() < 0.25:
        # Words thrown together cannot be known by heart: the model must copy.
        said = " ".join(rng.sample(WORDS, rng.randint(2, 4)))
    frame = rng.choice(SAY)
    return Exchange((frame if rng.random() < 0.5 else frame.lower()).format(said), said)


def _count(rng: random.Random, kept_out: bool) -> Exchange:
    while True:
        first = rng.choice((1, 1, rng.randint(0, 15)))
        last = first + rng.randint(2, 9)
        if ((3 * first + last) % 8 == 1) == kept_out:
            break
    numbers = range(first, last + 1)
    if rng.random() < 0.3:
        first, last, numbers = last, first, range(last, first - 1, -1)
        frames = ("Count down from {} to {}.", "Count backwards from {} to {}.", "Please count down from {} to {}.")
    else:
        frames = ("Count from {} to {}.", "Please count from {} to {}.", "Can you count from {} to {}?",
                  "List the numbers from {} to {}.", "Say the numbers from {} to {}.",
                  "Write the numbers from {} to {}.",
                  "Count for me from {} to {}.")  # fmt: skip
    user = rng.choice(frames).format(first, last)
    return Exchange(user if kept_out else as_typed(rng, user), ", ".join(map(str, numbers)))


def _series(rng: random.Random, kept_out: bool) -> Exchange:
    """The days, months or seasons, whole."""
    names, what = rng.choice(((DAYS, "days of the week"), (MONTHS, "months of the year"), (SEASONS, "seasons"),
                              (DAYS, "days"), (MONTHS, "months")))  # fmt: skip
    frames = (
        SERIES_KEPT_OUT
        if kept_out
        else ("List the {}.", "What are the {}?", "Tell me the {}.", "Name the {}.", "Can you list the {}?",
              "Say the {}.",
              "Please list the {}.", "Write down the {}.", "Name all the {}.", "Do you know the {}?")
    )  # fmt: skip
    user = rng.choice(frames).format(what)
    return Exchange(user if kept_out else as_typed(rng, user), joined(names) + ".")


def _some_of(rng: random.Random, kept_out: bool) -> Exchange:
    """So many animals, colors, fruits ... in words or figures."""
    number = rng.choice((2, 3, 3, 4, 5))
    _, plural, members = rng.choice(GROUPS)
    frames = (
        SOME_OF_KEPT_OUT
        if kept_out
        else ("Name {} {}.", "List {} {}.", "Tell me {} {}.", "Give me {} {}.", "Can you name {} {}?",
              "Please name {} {}.",
              "Write down {} {}.", "Make a list of {} {}.", "Say {} {}.", "I need {} {}.")
    )  # fmt: skip
    user = rng.choice(frames).format(rng.choice((COUNTS[number], str(number))), plural)
    chosen = rng.sample(members, number)
    chosen[0] = chosen[0].capitalize()
    return Exchange(user if kept_out else as_typed(rng, user), joined(chosen) + ".")


def _belongs(rng: random.Random, kept_out: bool) -> Exchange:
    """Whether a word is an animal or a fruit, or whether it is an animal at all."""
    kind, _, members = rng.choice(GROUPS)
    word = rng.choice([member for member in members if (member in MEMBERSHIP_KEPT_OUT) == kept_out])
    other = rng.choice([name for name, _, _ in GROUPS if name != kind])
    noun = word if kind == "color" else a(word)
    if rng.random() < 0.5:
        choices = (kind, other) if rng.random() < 0.5 else (other, kind)
        user = rng.choice(("Is {} {} or {}?", "Tell me: is {} {} or {}?", "What is {}, {} or {}?")).format(
            noun, a(choices[0]), a(choices[1])
        )
        reply = f"{noun.capitalize()} is {a(kind)}."
    else:
        right = rng.random() < 0.5
        user = rng.choice(("Is {} {}?", "Answer yes or no: is {} {}?", "Yes or no: is {} {}?")).format(
            noun, a(kind if right else other)
        )
        reply = f"Yes, {noun} is {a(kind)}." if right else f"No, {noun} is {a(kind)}."
    return Exchange(user if kept_out else as_typed(rng, user), reply)


def _bigger(rng: random.Random, kept_out: bool) -> Exchange:
    while True:
        small, big = sorted(rng.sample(range(len(BY_SIZE)), 2))
        if big - small > 1 and ((small + 2 * big) % 6 == 0) == kept_out:
            break
    bigger = rng.random() < 0.6
    pair = [BY_SIZE[small], BY_SIZE[big]]
    if rng.random() < 0.5:
        pair.reverse()
    word = "bigger" if bigger else "smaller"
    user = rng.choice(("Which is {}, {} or {}?", "What is {}: {} or {}?", "What is {}, {} or {}?")).format(
        word, a(pair[0]), a(pair[1])
    )
    answer, other = (BY_SIZE[big], BY_SIZE[small]) if bigger else (BY_SIZE[small], BY_SIZE[big])
    return Exchange(user if kept_out else as_typed(rng, user), f"{a(answer).capitalize()} is {word} than {a(other)}.")


def _next_to(rng: random.Random, kept_out: bool) -> Exchange:
    """What comes after or before a day, a month, a number."""
    series = rng.choice((DAYS, MONTHS, tuple(map(str, range(1, 31)))))
    at = rng.randrange(1, len(series) - 1)
    after = rng.random() < 0.65
    frames = NEXT_TO_KEPT_OUT if kept_out else ("What comes {} {}?", "Which one comes {} {}?", "And what comes {} {}?")
    user = rng.choice(frames).format("after" if after else "before", series[at])
    reply = f"{series[at + 1]} comes after {series[at]}." if after else f"{series[at - 1]} comes before {series[at]}."
    return Exchange(user if kept_out else as_typed(rng, user), reply)


def _sum(rng: random.Random, kept_out: bool) -> Exchange:
    while True:
        left, right = rng.randint(1, 10), rng.randint(1, 10)
        if ((left + 3 * right) % 9 == 0) == kept_out:
            break
    if rng.random() < 0.65:
        shown, result = rng.choice((f"{left} plus {right}", f"{left} + {right}")), left + right
        reply = f"{left} plus {right} is {result}."
    else:
        left, right, result = left + right, right, left
        shown = rng.choice((f"{left} minus {right}", f"{left} - {right}"))
        reply = f"{left} minus {right} is {result}."
    user = rng.choice(
        ("What is {}?", "How much is {}?", "What is {}?", "Calculate {}.", "Do you know what {} is?")
    ).format(shown)
    return Exchange(user if kept_out else as_typed(rng, user), reply)


def _sentence(rng: random.Random, kept_out: bool) -> Exchange:
    topic = rng.choice(TOPICS_KEPT_OUT if kept_out else TOPICS)
    frame = rng.choice(SENTENCE_KEPT_OUT if kept_out and rng.random() < 0.4 else SENTENCE)
    user = frame.format(_about(rng, topic))
    return Exchange(user if kept_out else as_typed(rng, user), NOTES[topic])


def _nice(rng: random.Random, kept_out: bool) -> Exchange:
    topic = rng.choice(TOPICS_KEPT_OUT if kept_out else TOPICS)
    thing = topic if topic in UNCOUNTED else f"the {topic}"
    user = rng.choice(NICE_KEPT_OUT if kept_out else NICE).format(thing)
    return Exchange(user if kept_out else as_typed(rng, user), rng.choice(NICE_REPLIES).format(thing))


def _finish(rng: random.Random, kept_out: bool) -> Exchange:
    beginning, end = rng.choice(list(BEGINNINGS.items()))
    user = rng.choice(FINISH_KEPT_OUT if kept_out else FINISH).format(beginning + rng.choice(("", " ...", "...")))
    return Exchange(user if kept_out or rng.random() < 0.5 else user.lower(), f"{beginning} {end}")


def _rhyme(rng: random.Random, kept_out: bool) -> Exchange:
    word, rhyme = rng.choice(list(RHYMES.items()))
    if rng.random() < 0.5:
        word, rhyme = rhyme, word
    frames = (
        RHYME_KEPT_OUT
        if kept_out
        else (
            "What rhymes with {}?",
            "Find a rhyme for {}.",
            "Tell me a word that rhymes with {}.",
            "A rhyme for {} please.",
        )
    )
    user = rng.choice(frames).format(word)
    return Exchange(user if kept_out else as_typed(rng, user), f"{rhyme.capitalize()} rhymes with {word}.")


def _short_list(rng: random.Random, kept_out: bool) -> Exchange:
    what, things = rng.choice(list(LISTS.items()))
    frames = (
        SHORT_LIST_KEPT_OUT
        if kept_out
        else ("Make a short list of {}.", "Make a list of {}.", "List some {}.", "Name some {}.", "Tell me some {}.",
              "Write a short list of {}.", "What are some {}?")
    )  # fmt: skip
    user = rng.choice(frames).format(what)
    return Exchange(user if kept_out else as_typed(rng, user), things[0].upper() + things[1:] + ".")


Instruction = Callable[[random.Random, bool], Exchange]
KINDS: tuple[Instruction, ...] = (
    _say, _say, _count, _count, _series, _some_of, _some_of, _belongs, _belongs, _bigger, _next_to, _sum, _sum,
    _sentence,
    _sentence, _nice, _finish, _rhyme, _short_list,
)  # fmt: skip


def accepted(make: Instruction, reply: str) -> tuple[str, ...]:
    """What a right reply must contain one of."""
    if make is _some_of:
        members = next(members for _, _, members in GROUPS if reply.split(",")[0].split(" and")[0].lower() in members)
        return (*members, *(member.capitalize() for member in members))
    if make is _sentence:
        # Any true sentence will do: the topic is the last word asked for in every frame.
        return (next(topic for topic, note in NOTES.items() if note == reply),)
    if make is _nice:
        return tuple(topic for topic in TOPICS_KEPT_OUT if topic in reply.lower())
    return (reply,)


def _about(rng: random.Random, topic: str) -> str:
    return topic if topic in UNCOUNTED else rng.choice((a(topic), f"the {topic}"))


def joined(words: tuple[str, ...] | list[str]) -> str:
    head = words[0][0].upper() + words[0][1:]
    return ", ".join((head, *words[1:-1])) + f" and {words[-1]}"
