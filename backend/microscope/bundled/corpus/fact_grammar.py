"""Small grammars: one line of text that stands for thousands of wordings.

A pattern is a template in which `[a|b|c]` is a choice, which may hold further choices, and `<who>` is one of the
lists of `WORDS`. `[very |]` is an optional word, which is left out more often than not. The fields of `fact_phrases`,
such as `{s}`, are left alone.

Knows nothing about facts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import cache
from math import prod
from types import MappingProxyType
from typing import NamedTuple

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "kin": "my uncle|my aunt|my brother|my sister|my cousin|my grandmother|my grandfather|my mother|my father",
        "one": "a friend|my friend|my best friend|our neighbour|our teacher|the teacher|the old man|the old woman|"
        "a young man|a young woman|the boy|the girl|a little girl|a little boy|a stranger|Tom|Anna|he|she",
        "many": "we|they|the children|my parents|our friends|two friends|the students|our neighbours|the tourists",
        "who": "<kin>|<one>|<many>|I",
        "someone": "<kin>|<one>",
        "job": "the teacher|the guide|the writer|the driver|the student|the reporter|the pilot|the nurse|the singer",
        "when": "last year|last summer|last winter|last week|last month|years ago|one day|a long time ago|"
        "in the holidays|in the spring|yesterday|when I was young",
        "ended": "in the end|at last|finally|after that|then",
        "task": "my homework|a test|a quiz|a crossword|a game|a school project|a report|my class|a puzzle|my exam",
        "child": "my son|my daughter|my little brother|my little sister|my child|my niece|my nephew|my friend|"
        "my grandson|the kids|a kid",
        "please": "please help|help me please|can you help me|can you help|help|please tell me|i need your help",
        "forgot": "I forgot it|I forgot|I can't remember it|I can not remember|it slipped my mind|I don't remember|"
        "I should know this|I used to know this|I have no idea|I am not sure",
    }
)
"""Choices that many patterns share."""

LEFT_OUT = 0.55
"""How often an optional word is left out without further choice: what may stand before an answer must not make the
answer itself unlikely there."""

Sequence = tuple["str | Choice", ...]
"""Text and choices, one after the other."""


class Choice(NamedTuple):
    options: tuple[Sequence, ...]


_MARKS = re.compile(r"([\[\]|])")
_NAMED = re.compile(r"<(\w+)>")


def draw(rng: random.Random, pattern: str) -> str:
    """One of the pattern's wordings; every choice is made independently."""
    parts: list[str] = []
    _draw(rng, _parsed(pattern), parts)
    return "".join(parts)


def count(pattern: str) -> int:
    """In how many ways the choices can be made."""
    return _count(_parsed(pattern))


def expression(pattern: str) -> str:
    """A regular expression that matches exactly the pattern's wordings."""
    return _expression(_parsed(pattern))


def _draw(rng: random.Random, sequence: Sequence, parts: list[str]) -> None:
    for part in sequence:
        if isinstance(part, str):
            parts.append(part)
        elif () not in part.options or rng.random() > LEFT_OUT:
            _draw(rng, part.options[int(rng.random() * len(part.options))], parts)


def _count(sequence: Sequence) -> int:
    return prod(1 if isinstance(part, str) else sum(map(_count, part.options)) for part in sequence)


def _expression(sequence: Sequence) -> str:
    return "".join(
        re.escape(part) if isinstance(part, str) else f"(?:{'|'.join(map(_expression, part.options))})"
        for part in sequence
    )


@cache
def _parsed(pattern: str) -> Sequence:
    while _NAMED.search(pattern):
        pattern = _NAMED.sub(lambda name: f"[{WORDS[name[1]]}]", pattern)
    marks = [mark for mark in _MARKS.split(pattern) if mark]
    options, after = _options(marks, 0)
    assert after == len(marks), f"a bracket too many in {pattern!r}"
    return options[0] if len(options) == 1 else (Choice(options),)


def _options(marks: list[str], at: int) -> tuple[tuple[Sequence, ...], int]:
    """The alternatives from `at` up to their closing bracket, and where that is."""
    options: list[Sequence] = []
    parts: list[str | Choice] = []
    while at < len(marks) and marks[at] != "]":
        if marks[at] == "[":
            inner, at = _options(marks, at + 1)
            assert at < len(marks), f"a bracket is left open in {''.join(marks)!r}"
            parts.append(Choice(inner))
        elif marks[at] == "|":
            options.append(tuple(parts))
            parts = []
        else:
            parts.append(marks[at])
        at += 1
    return (*options, tuple(parts)), at
