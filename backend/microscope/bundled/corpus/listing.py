"""Sequences that everyone can continue: numbers, letters, days, months; and which of two numbers is greater."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from string import ascii_lowercase, ascii_uppercase

from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import split

DAYS = tuple(split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"))
MONTHS = tuple(split("January February March April May June July August September October November December"))
_UNITS = tuple(
    split("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""")
)
_TENS = tuple(split("twenty thirty forty fifty sixty seventy eighty ninety"))
NUMBER_WORDS = (*_UNITS, *(ten + unit for ten in _TENS for unit in ("", *(f"-{word}" for word in _UNITS[1:10]))))
"""0 to 99 in words."""

_SEPARATORS = (", ", ", ", ", ", ", ", " ", "\n", " - ", "; ")
_LEADS = (
    "Count: ",
    "Let us count: ",
    "The numbers are ",
    "Now count with me: ",
    "The children say ",
    "Go on: ",
    "The list goes ",
)

# {a} and {b} are the last two digits of two years of one century {c}, a before b.
_SPANS = (
    "The war lasted from the year {c}{a} to the year {c}{b}.",
    "The trip lasted from the year {c}{a} to the year {c}{b}.",
    "The project went on from {c}{a} to {c}{b}.",
    "The school was open from the year {c}{a} to the year {c}{b}.",
    "The king ruled from {c}{a} to {c}{b}.",
    "The queen ruled from the year {c}{a} until the year {c}{b}.",
    "The work lasted from {c}{a} until {c}{b}.",
    "She lived there from {c}{a} to {c}{b}.",
    "It started in {c}{a} and ended in {c}{b}.",
    "The bridge was begun in {c}{a} and finished in {c}{b}.",
    "The peace lasted from the year {c}{a} to the year {c}{b}.",
    "He was born in {c}{a} and left the city in {c}{b}.",
)
HELD_OUT_SPANS = (
    "The festival ran from the year {c}{a} to the year {c}{b}.",
    "The voyage took from the year {c}{a} to the year {c}{b}.",
    "They were friends from {c}{a} to {c}{b}.",
    "The tower was built from {c}{a} until {c}{b}.",
)
CENTURIES = ("11", "12", "13", "14", "15", "16", "17", "18", "19")

# {more} and {less} are two numbers, {x} and {y} the same two in either order.
_COMPARISONS = (
    ("{more} is greater than", "{less}"),
    ("{more} is bigger than", "{less}"),
    ("{more} is more than", "{less}"),
    ("{less} is less than", "{more}"),
    ("{less} is smaller than", "{more}"),
)
_QUESTIONS = (
    ("Which is bigger, {x} or {y}?", "{more}"),
    ("Which is greater, {x} or {y}?", "{more}"),
    ("Which is smaller, {x} or {y}?", "{less}"),
    ("Which number is bigger, {x} or {y}?", "{more}"),
    ("Which number is smaller, {x} or {y}?", "{less}"),
    ("Is {x} or {y} more? More is", "{more}"),
    ("Of {x} and {y}, the bigger is", "{more}"),
    ("Of {x} and {y}, the smaller is", "{less}"),
)
_NEIGHBOURS = (
    "After {a} comes {b}.",
    "{b} comes after {a}.",
    "{a} comes before {b}.",
    "Before {b} comes {a}.",
    "What comes after {a}? {b}.",
    "What comes before {b}? {a}.",
)
_DAY_NEIGHBOURS = (
    "The day after {a} is {b}.",
    "The day before {b} is {a}.",
    "If today is {a}, then tomorrow is {b}.",
    "If today is {b}, then yesterday was {a}.",
    "Today is {a}. Tomorrow will be {b}.",
)


def _held_out_start(start: int) -> bool:
    """No list of training begins here."""
    return start % 5 == 3


def _held_out_pair(a: int, b: int) -> bool:
    """No comparison of training is about these two."""
    return (a + b) % 7 == 3


def _start(rng: Random, held_out: bool, below: int) -> int:
    start = rng.randrange(below)
    while _held_out_start(start) is not held_out:
        start = rng.randrange(below)
    return start


def _numbers(rng: Random, held_out: bool, length: int) -> tuple[str, list[str]]:
    """A run of digits: upwards by 1, 2, 5 or 10, or downwards by 1, 2 or 10."""
    step = rng.choice((1, 1, 1, 2, 5, 10, -1, -1, -2, -10))
    room = length * abs(step)
    low = _start(rng, held_out, 100 if abs(step) == 1 else 50)
    if step == 5 and rng.random() < 0.7:
        low -= low % 5
    if abs(step) == 10 and rng.random() < 0.7:
        low -= low % 10
    first = low if step > 0 else low + room
    # Rounding and counting down move the first number: what is held out is decided by the number itself.
    while _held_out_start(first // abs(step)) is not held_out:
        first += abs(step)
    name = f"{'up' if step > 0 else 'down'} by {abs(step)}"
    return name, [str(first + index * step) for index in range(length)]


def _from(names: Sequence[str], start: int, length: int, cyclic: bool) -> list[str]:
    if cyclic:
        return [names[(start + index) % len(names)] for index in range(length)]
    return list(names[start : start + length])


def _sequence(rng: Random, held_out: bool, shortest: int, longest: int) -> tuple[str, list[str]]:
    """A group and a run of it; runs of training and of evaluation begin at different members."""
    length = rng.randint(shortest, longest)
    kind = rng.random()
    if kind < 0.5:
        return _numbers(rng, held_out, length)
    if kind < 0.65:
        names = NUMBER_WORDS if rng.random() < 0.8 else tuple(word.capitalize() for word in NUMBER_WORDS)
        start = _start(rng, held_out, len(names) - longest)
        if start < 60 and not held_out and rng.random() < 0.2:
            return "words down", _from(names, start, length, cyclic=False)[::-1]
        return "words", _from(names, start, length, cyclic=False)
    if kind < 0.8:
        letters = ascii_uppercase if rng.random() < 0.6 else ascii_lowercase
        return "letters", _from(letters, _start(rng, held_out, len(letters) - longest), length, cyclic=False)
    if kind < 0.9:
        return "days", _from(DAYS, _start(rng, held_out, len(DAYS)), length, cyclic=True)
    return "months", _from(MONTHS, _start(rng, held_out, len(MONTHS)), length, cyclic=True)


def _run(rng: Random) -> str:
    group, names = _sequence(rng, held_out=False, shortest=4, longest=14)
    lead = rng.choice(_LEADS) if group.startswith(("up", "down")) and rng.random() < 0.15 else ""
    end = rng.choice((".", "", ", and so on."))
    return f"{lead}{rng.choice(_SEPARATORS).join(names)}{end}"


def _span(rng: Random) -> str:
    a = rng.randrange(2, 98)
    b = rng.randrange(a + 1, 100)
    return rng.choice(_SPANS).format(c=rng.choice(CENTURIES), a=f"{a:02}", b=f"{b:02}")


def _pair(rng: Random, held_out: bool) -> tuple[int, int]:
    """Two different numbers, the lesser first."""
    top = rng.choice((10, 20, 100))
    while True:
        a, b = sorted((rng.randrange(top), rng.randrange(top)))
        if a != b and _held_out_pair(a, b) is held_out:
            return a, b


def _comparison(rng: Random) -> str:
    less, more = _pair(rng, held_out=False)
    x, y = (less, more) if rng.random() < 0.5 else (more, less)
    prompt, answer = rng.choice(_COMPARISONS + _QUESTIONS)
    return f"{prompt} {answer}.".format(less=less, more=more, x=x, y=y)


def _neighbours(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.4:
        start = rng.randrange(len(DAYS))
        a, b = _from(DAYS, start, 2, cyclic=True)
        return rng.choice(_NEIGHBOURS + _DAY_NEIGHBOURS).format(a=a, b=b)
    names = rng.choice((MONTHS, ascii_uppercase, NUMBER_WORDS, tuple(str(number) for number in range(100))))
    a, b = _from(names, rng.randrange(len(names) - 1), 2, cyclic=False)
    return rng.choice(_NEIGHBOURS).format(a=a, b=b)


_MAKERS = (_run,) * 10 + (_span,) * 5 + (_comparison,) * 3 + (_neighbours,) * 2


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)


def held_out(rng: Random, count: int) -> list[Item]:
    """Half continue a list, three in ten are greater-than years, the rest compare two numbers."""
    return [_held_out_item(rng) for _ in range(count)]


def _held_out_item(rng: Random) -> Item:
    kind = rng.random()
    if kind < 0.5:
        group, names = _sequence(rng, held_out=True, shortest=5, longest=9)
        return Item("lists", ", ".join(names[:-1]) + ",", (names[-1],), group=group)
    if kind < 0.8:
        a = rng.randrange(2, 98)
        before = rng.choice(HELD_OUT_SPANS).partition("{b}")[0]
        later = tuple(f"{year:02}" for year in range(a + 1, 100))
        return Item("lists", before.format(c=rng.choice(CENTURIES), a=f"{a:02}"), later, group="greater than")
    less, more = _pair(rng, held_out=True)
    x, y = (less, more) if rng.random() < 0.5 else (more, less)
    prompt, answer = (text.format(less=less, more=more, x=x, y=y) for text in rng.choice(_QUESTIONS))
    return Item("lists", prompt, (answer,), group="comparison")
