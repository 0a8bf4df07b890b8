"""A part of a recording while it is filled: contexts that have been read, then computed, then handed to the writer.

Contexts are computed by the group. Where a group ends depends on the tokens before it and on the recording, not on
where a part ends: a part that was cut short by a pause changes no group behind it, so no bit of any vector.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from microscope.store.activations import Cursor
from microscope.store.recorder import Part, Writer
from microscope.store.shards import Tokens, Vectors


class Window(NamedTuple):
    """A context to record."""

    ids: list[int]
    document: int
    held_out: bool
    snippet: str
    next: Cursor
    """Behind it."""

    share: float | None
    """Of the data set's file that was read up to here."""


class Filling:
    """Whole groups that the writer has not got yet."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._windows: list[Window] = []
        self._vectors: list[Vectors] = []
        self._part: Part | None = None

    @property
    def n_tokens(self) -> int:
        return sum(vectors.shape[1] for vectors in self._vectors)

    def add(self, windows: Sequence[Window], vectors: Vectors) -> None:
        """
        Args:
            vectors: (site, token, d_model) of these contexts, one behind the other.
        """
        self._windows += windows
        self._vectors.append(vectors)

    def hand_over(self) -> Generator[None]:
        """Give all of it to the writer; yields while the disk is behind. May be begun anew while it does."""
        while self._windows:
            self._part = self._part or _part(self._windows, self._vectors)
            if self._writer.offer(self._part):
                self._windows, self._vectors, self._part = [], [], None
            else:
                yield

    def written(self) -> Generator[None]:
        """As `hand_over`, until it is on the disk."""
        yield from self.hand_over()
        while not self._writer.settled():
            yield


def taken(coming: Iterator[Window | None], tokens: int) -> Generator[None, None, list[Window]]:
    """Contexts until they reach so many tokens; none where there are no more. Yields while nothing comes."""
    group: list[Window] = []
    n_taken = 0
    while n_taken < tokens:
        try:
            window = next(coming)
        except StopIteration:
            break
        if window is None:
            yield
        else:
            group.append(window)
            n_taken += len(window.ids)
    return group


def _part(windows: Sequence[Window], vectors: Sequence[Vectors]) -> Part:
    lengths = [len(window.ids) for window in windows]
    whole: Any = vectors[0] if len(vectors) == 1 else np.concatenate(vectors, axis=1)
    return Part(
        tokens=Tokens(
            np.repeat(np.array([window.document for window in windows], dtype=np.int64), lengths),
            np.concatenate([np.arange(length, dtype=np.int32) for length in lengths]),
            np.concatenate([np.array(window.ids, dtype=np.int32) for window in windows]),
        ),
        held_out=np.repeat(np.array([window.held_out for window in windows]), lengths),
        snippets={window.document: window.snippet for window in windows},
        vectors=whole,
        next=windows[-1].next,
    )
