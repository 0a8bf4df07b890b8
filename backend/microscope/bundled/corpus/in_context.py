"""Abilities that live in the context: induction, indirect objects, agreement, and lists.

Each is a module with `sentence(rng)` and `held_out(rng, count)`; this one mixes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from microscope.bundled.corpus import agreement, indirect_object, induction, listing
from microscope.bundled.corpus.base import Document, Item

# (kind, maker of one sentence, share of the documents)
_ABILITIES = (
    ("in_context/induction", induction.sentence, 0.35),
    ("in_context/indirect_object", indirect_object.sentence, 0.30),
    ("in_context/agreement", agreement.sentence, 0.20),
    ("in_context/lists", listing.sentence, 0.15),
)
_SEVERAL = 0.25
"""Share of the documents that hold two to five sentences of one ability."""


_LOWERCASE = 0.05
"""Share of the documents in lower case throughout, as people type."""


def documents(rng: Random) -> Iterator[Document]:
    """An endless stream; nothing in it is an item of `held_out`."""
    weights = [share for _, _, share in _ABILITIES]
    while True:
        kind, sentence, _ = rng.choices(_ABILITIES, weights)[0]
        text = _several(rng, sentence) if rng.random() < _SEVERAL else sentence(rng)
        yield Document(text.lower() if rng.random() < _LOWERCASE else text, kind)


def _several(rng: Random, sentence: Callable[[Random], str]) -> str:
    separator = rng.choice((" ", "\n", "\n\n"))
    return separator.join(sentence(rng) for _ in range(rng.randint(2, 5)))


def held_out(rng: Random, count: int) -> list[Item]:
    """`count` items of each of the four abilities."""
    return [
        *induction.held_out(rng, count),
        *indirect_object.held_out(rng, count),
        *agreement.held_out(rng, count),
        *listing.held_out(rng, count),
    ]
