"""Text that repeats itself: lists, quoted sentences, and pairs of a key and a value that are asked for again."""

from __future__ import annotations

from itertools import product
from random import Random
from string import ascii_lowercase, ascii_uppercase

from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import (
    ANIMATES,
    COMMON_WORDS,
    HELD_OUT_ANIMATES,
    HELD_OUT_NAMES,
    HELD_OUT_PLACES,
    HELD_OUT_THINGS,
    NAMES,
    OBJECTS,
    PLACES,
    THINGS,
    split,
)

ALL_NAMES = NAMES + HELD_OUT_NAMES
ALL_PLACES = PLACES + HELD_OUT_PLACES

LENGTHS = tuple(length for length in range(4, 25) if length not in (9, 13, 18))
HELD_OUT_LENGTHS = (9, 13, 18)
"""Training lists never have these lengths, so that no held-out list can be one of training."""

_NOUNS = tuple(
    word for noun in (*ANIMATES, *HELD_OUT_ANIMATES, *THINGS, *HELD_OUT_THINGS) for word in (noun.singular, noun.plural)
)
_WORDS = tuple(dict.fromkeys((*COMMON_WORDS, *OBJECTS, *ALL_PLACES, *_NOUNS)))
_NUMBERS = tuple(str(number) for number in range(100))
_LONG_NUMBERS = tuple(str(number) for number in range(100, 10000))
_SYLLABLES = split("ba do fi gu ke lo mi na pu ri sa te vo wi zu blo dri fle gro sna tri")
_MADE_UP = tuple(map("".join, product(_SYLLABLES, _SYLLABLES, ("x", "n", "p", "k", "", "m"))))
"""Words without a meaning: only copying can continue them."""
_POOLS = (
    (_WORDS,) * 7
    + (ALL_NAMES,) * 3
    + (_MADE_UP, _NUMBERS, _LONG_NUMBERS, tuple(ascii_uppercase), tuple(ascii_lowercase))
)
_MIXED = (*_WORDS, *ALL_NAMES, *_NUMBERS, *ascii_uppercase)

# (between items, between copies, after the last copy)
_LAYOUTS = (
    (" ", " ", ""),
    (" ", " ", ""),
    (" ", "\n", ""),
    (" ", ". ", "."),
    (", ", ", ", ""),
    (", ", ", ", "."),
    (", ", ". ", "."),
    (", ", "\n", ""),
    ("\n", "\n", ""),
    ("\n", "\n\n", ""),
    (" - ", " - ", ""),
    ("; ", "; ", ""),
    (" and ", ". ", "."),
    (" / ", " / ", ""),
    ("-", " ", ""),
    ("\n- ", "\n- ", ""),
)
_HELD_OUT_LAYOUTS = {"spaces": " ", "commas": ", "}

# (before the first copy, before the second)
_LEADS = (
    ("The list: ", "\nThe list again: "),
    ("Here are the words: ", ". Say it again: "),
    ("First time: ", "\nSecond time: "),
    ("Read this: ", "\nNow repeat it: "),
    ("Remember these: ", ". Once more: "),
    ("A: ", "\nB: "),
    ("", ". Again: "),
    ("", ". Say it again: "),
    ("", "\nRepeat: "),
    ("I said: ", ". You said: "),
    ("She wrote: ", "\nHe copied: "),
    ("Original: ", "\nCopy: "),
    ("The teacher said: ", ". The class said: "),
)

_QUOTES = (
    '{name} said, "{text}" Then {other} said, "{text}"',
    '"{text}" said {name}. "{text}" said {other}.',
    'The sign says: "{text}" I read it again: "{text}"',
    '{name} wrote "{text}" on the wall. {other} read aloud: "{text}"',
    "{text} {text}",
    "{text}\n{text}\n{text}",
    "{name}: {text}\n{other}: {text}",
    'Repeat after me: "{text}" Good. Again: "{text}"',
)
_SENTENCES = (
    "The {adj} {noun} is at the {place}.",
    "{a} and {b} have {number} {adj} {nouns}.",
    "I put the {noun} and the {noun2} in the {place}.",
    "My friend {a} likes {adj} {nouns}.",
    "There are {number} {nouns} near the {place}.",
    "{a} lost the {adj} {noun} at the {place} with {b}.",
    "{a}, bring the {noun} to the {place} at {number}!",
    "Where is the {adj} {noun} of {a}?",
)

_LOOKUPS = (
    "{key} has a {value}.",
    "{key} likes the {value}.",
    "{key} is at the {value}.",
    "{key} wants a {value}.",
    "{key}'s word is {value}.",
    "{key} lives near the {value}.",
    "The {thing} belongs to {key_name}.",
    "The {thing} was given to {key_name}.",
)
_NAMINGS = (
    "My friend is called {name}.",
    "This is {name}.",
    "I met {name} at the {place}.",
    "{name} has a {thing}.",
    "Her name is {name}, and my name is {other}.",
    "The best player is {name}.",
    "We went to the {place} with {name}.",
    "{name} lives near the {place}.",
    "Have you seen {name} today? {name} was at the {place}.",
)


def _number(rng: Random) -> str:
    return str(rng.randrange(2, 100))


def repeated_list(rng: Random) -> str:
    """A random list, two or three times."""
    pool = _MIXED if rng.random() < 0.15 else rng.choice(_POOLS)
    items = rng.sample(pool, min(rng.choice(LENGTHS), len(pool)))
    style = rng.random()
    if style < 0.12:
        items = [item.capitalize() for item in items]
    elif style < 0.16:
        items = [item.upper() for item in items]
    elif style < 0.24:
        items = [item.lower() for item in items]
    if rng.random() < 0.3:
        first, second = rng.choice(_LEADS)
        copy = rng.choice((", ", " ", ", ", "; ")).join(items)
        return f"{first}{copy}{second}{copy}" + ("." if "." in second else "")
    between, copies, end = rng.choice(_LAYOUTS)
    copy = between.join(items)
    times = 3 if rng.random() < 0.25 else 2
    return copies.join([copy] * times) + end


def pattern(rng: Random) -> str:
    """Two or three items by turns: `red blue red blue red blue`."""
    items = rng.sample(rng.choice(_POOLS), rng.randint(2, 3))
    separator = rng.choice((" ", ", ", ", ", "\n"))
    return separator.join(items * rng.randint(3, 5))


def repeated_sentence(rng: Random) -> str:
    """A sentence that occurs nowhere else, said again."""
    noun, noun2 = rng.choice(THINGS), rng.choice(HELD_OUT_THINGS)
    a, b, name, other = rng.sample(ALL_NAMES, 4)
    text = rng.choice(_SENTENCES).format(
        adj=rng.choice(("big", "old", "red", "small", "blue", "new", "green", "nice")),
        noun=noun.singular,
        nouns=noun.plural,
        noun2=noun2.singular,
        place=rng.choice(ALL_PLACES),
        number=_number(rng),
        a=a,
        b=b,
    )
    return rng.choice(_QUOTES).format(text=text, name=name, other=other)


def _article(sentence: str) -> str:
    """`a apple` to `an apple`."""
    for vowel in "aeiou":
        sentence = sentence.replace(f" a {vowel}", f" an {vowel}")
    return sentence


def lookup(rng: Random) -> str:
    """Three to eight pairs, and some of them again: `Anna has a kite. Ben has a drum. Anna has a kite.`"""
    count = rng.randrange(3, 9)
    names = rng.sample(ALL_NAMES, count)
    pattern = rng.choice(_LOOKUPS)
    values = rng.sample(ALL_PLACES if "is at the" in pattern or "near the" in pattern else OBJECTS[:70], count)
    pairs = [
        _article(pattern.format(key=name, value=value, thing=value, key_name=name))
        for name, value in zip(names, values, strict=True)
    ]
    again = rng.sample(pairs, rng.randrange(1, min(count, 4) + 1))
    if rng.random() < 0.3:
        middle = rng.choice((" Again: ", "\n", " Remember: ", " As I said: "))
        return " ".join(pairs) + middle + " ".join(again)
    return " ".join(pairs + again)


def dictionary(rng: Random) -> str:
    """Arbitrary pairs in the manner of a table: `moon = 7, dog = 12, moon = 7`."""
    count = rng.randrange(3, 9)
    keys = rng.sample(_WORDS if rng.random() < 0.6 else ALL_NAMES, count)
    values = rng.sample(_NUMBERS if rng.random() < 0.5 else COMMON_WORDS, count)
    equals = rng.choice((" = ", ": ", " -> ", " is "))
    pairs = [f"{key}{equals}{value}" for key, value in zip(keys, values, strict=True)]
    separator = rng.choice((", ", "\n", "; ", ". "))
    return separator.join(pairs + rng.sample(pairs, rng.randrange(1, count + 1)))


def naming(rng: Random) -> str:
    """A plain sentence with a name, held-out names three times as often as others."""
    name = rng.choice(HELD_OUT_NAMES if rng.random() < 0.5 else ALL_NAMES)
    sentence = rng.choice(_NAMINGS)
    return _article(
        sentence.format(
            name=name, other=rng.choice(ALL_NAMES), place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS[:70])
        )
    )


_MAKERS = (
    (repeated_list,) * 9 + (lookup,) * 5 + (repeated_sentence,) * 3 + (dictionary,) * 2 + (naming, naming, pattern)
)


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)


def held_out(rng: Random, count: int) -> list[Item]:
    """Second halves of random lists of words: the first copy, a part of the second, and the item that is next."""
    return [_held_out_item(rng) for _ in range(count)]


def _held_out_item(rng: Random) -> Item:
    group = rng.choice(tuple(_HELD_OUT_LAYOUTS))
    separator = _HELD_OUT_LAYOUTS[group]
    words = rng.sample(COMMON_WORDS, rng.choice(HELD_OUT_LENGTHS))
    shown = rng.randrange(1, len(words))
    prompt = separator.join([*words, *words[:shown]]) + separator.rstrip()
    return Item("induction", prompt, (words[shown],), group=group)
