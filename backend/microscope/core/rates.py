"""How often a reply shows a behaviour, and how sure that is.

    p̂ = hits / of        95 % interval of Wilson 1927:  (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)

A behaviour is told by its words: what a reply contains, begins with, or matches as a regular expression.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from microscope.errors import Invalid

Z = 1.959964
"""Of a 95 % interval."""

How = Literal["contains", "begins", "regex"]
"""`contains` and `begins` take the words as they are, whatever the case; `regex` is searched as written."""


class Interval(NamedTuple):
    """Of a rate, 0 to 1."""

    low: float
    high: float


class Rate(NamedTuple):
    """Replies that showed it, of all."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """0 to 1; nothing was asked: 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval:
        return wilson(self.hits, self.of)


def wilson(hits: int, of: int) -> Interval:
    """The 95 % interval of a rate; all of 0 to 1 where nothing was asked."""
    if of == 0:
        return Interval(0.0, 1.0)
    rate = hits / of
    middle = (rate + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * math.sqrt(rate * (1 - rate) / of + Z * Z / (4 * of * of))
    return Interval(middle - half if hits else 0.0, middle + half if hits < of else 1.0)


class Behaviour(NamedTuple):
    """What a reply must look like to show it."""

    words: str
    how: How = "contains"

    def check(self) -> None:
        """
        Raises:
            Invalid: no words, or no regular expression.
        """
        if not self.words:
            raise Invalid("No words tell the behaviour.", next="Say what a reply contains that shows it.")
        try:
            re.compile(self.words)
        except re.error as error:
            if self.how == "regex":
                raise Invalid(
                    f"{self.words!r} is no regular expression: {error}.", next="Mend it, or look for plain words."
                ) from error

    def shown(self, reply: str) -> bool:
        """Whether a reply shows it; space before its first word does not count."""
        reply = reply.lstrip()
        match self.how:
            case "contains":
                return self.words.casefold() in reply.casefold()
            case "begins":
                return reply.casefold().startswith(self.words.casefold())
            case "regex":
                return re.search(self.words, reply) is not None

    def rate(self, replies: Sequence[str]) -> Rate:
        return Rate(sum(map(self.shown, replies)), len(replies))
