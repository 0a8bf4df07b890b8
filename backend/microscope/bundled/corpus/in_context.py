"""Abilities that live in the context: induction, indirect objects, agreement, and lists.

Each is a module with `sentence(rng)` and `held_out(rng, count)`; this one mixes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from microscope.bundled.corpus import agreement, indirect_object, induction, listing
from microscope.bundled.corpus.base import Document, Item


class _Ability(NamedTuple):
    kind: str
    sentence: Callable[[Random], str]

    share: float
    """Of the documents. Their lengths differ: in characters it is about 33, 30, 13 and 24 %."""

    several: float
    """Share of its documents that hold two to five sentences: half where a sentence is short, so that the BOS
    before each document costs little."""


_ABILITIES = (
    _Ability("in_context/induction", induction.sentence, 0.25, 0.1),
    _Ability("in_context/indirect_object", indirect_object.sentence, 0.19, 0.5),
    _Ability("in_context/agreement", agreement.sentence, 0.22, 0.5),
    _Ability("in_context/lists", listing.sentence, 0.34, 0.3),
)

_LOWERCASE = 0.08
"""Share of the documents in lower case throughout, as people type."""


def documents(rng: Random) -> Iterator[Document]:
    """An endless stream; nothing in it is an item of `held_out`."""
    weights = [ability.share for ability in _ABILITIES]
    while True:
        ability = rng.choices(_ABILITIES, weights)[0]
        several = rng.random() < ability.several
        text = _several(rng, ability.sentence) if several else ability.sentence(rng)
        yield Document(text.lower() if rng.random() < _LOWERCASE else text, ability.kind)


def _several(rng: Random, sentence: Callable[[Random], str]) -> str:
    separator = rng.choice((" ", "\n", "\n\n"))
    sentences = [sentence(rng) for _ in range(rng.randint(2, 5))]
    ended = all(text.endswith((".", "!", "?", '"')) for text in sentences)
    return (separator if ended else "\n").join(sentences)


def held_out(rng: Random, count: int) -> list[Item]:
    """`count` items of each of the four abilities."""
    return [
        *induction.held_out(rng, count),
        *indirect_object.held_out(rng, count),
        *agreement.held_out(rng, count),
        *listing.held_out(rng, count),
    ]
