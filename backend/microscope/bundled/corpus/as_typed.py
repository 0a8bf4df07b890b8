"""How people type: a well-formed user turn made lower case, short of punctuation, hasty.

Knows nothing of what the turn asks for.
"""

from __future__ import annotations

import random
import re

SHORTENED = (
    ("what is", "whats"),
    ("who is", "whos"),
    ("do not", "dont"),
    ("cannot", "cant"),
    ("i am", "im"),
    ("i would", "id"),
    ("you are", "youre"),
    ("are you", "are u"),
    ("can you", "can u"),
    ("please", "pls"),
    ("thank you", "thank u"),
    ("you", "u"),
    ("i have", "ive"),
    ("it is", "its"),
    ("because", "cuz"),
    ("would like to", "wanna"),
    ("going to", "gonna"),
)


def as_typed(rng: random.Random, text: str) -> str:
    """The same words in one of five ways of typing; about half of all turns stay as written."""
    match rng.random():
        case r if r < 0.42:
            return text
        case r if r < 0.72:
            return text.lower().rstrip(".?!")
        case r if r < 0.84:
            return text.lower()
        case r if r < 0.93:
            return text.rstrip(".?!")
        case r if r < 0.97:
            return _shortened(text.lower().rstrip(".?!"))
        case _:
            return _misspelt(rng, text.lower().rstrip(".?!"))


def same_words(text: str) -> str:
    """What is left of a turn when case and punctuation do not count; two turns with equal words are one phrasing."""
    return " ".join(re.findall(r"[a-z0-9]+|[+-]", text.lower().replace("'", "")))


def _shortened(text: str) -> str:
    for long, short in SHORTENED:
        text = re.sub(rf"\b{long}\b", short, text)
    return text


def _misspelt(rng: random.Random, text: str) -> str:
    """Two neighbouring letters swapped, or one left out, in one word of five letters or more."""
    long_words = list(re.finditer(r"[a-z]{5,}", text))
    if not long_words:
        return text
    word = rng.choice(long_words)
    at = rng.randrange(word.start() + 1, word.end() - 2)
    if rng.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]
