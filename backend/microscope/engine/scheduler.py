"""Which streams run in the next forward pass. Bookkeeping only: no torch, no model, no clock.

A stream first reads its prompt, chunk by chunk and alone, then decodes one token per turn together with others.
Prompt chunks and decode turns alternate, so that a long prompt does not stop the text of the others. Streams of similar
length share a batch (the shorter ones are padded to the longest), and a batch stays together until one of its streams
comes or goes, since putting rows together copies their caches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

MAX_ROWS = 16
"""Streams in one forward pass."""

MAX_PADDING = 0.5
"""Share of a batch's positions that may be padding."""


class Prefill(NamedTuple):
    """Read the next chunk of one stream's prompt."""

    stream: int


class Decode(NamedTuple):
    """One token for each of these."""

    streams: tuple[int, ...]


def groups(
    lengths: Mapping[int, int], max_rows: int = MAX_ROWS, max_padding: float = MAX_PADDING
) -> tuple[tuple[int, ...], ...]:
    """Streams by batch: neighbours in length together while few enough and not mostly padding."""
    batches: list[tuple[int, ...]] = []
    batch: tuple[int, ...] = ()
    for stream in sorted(lengths, key=lambda stream: (lengths[stream], stream)):
        wider = (*batch, stream)
        padded = 1 - sum(lengths[one] for one in wider) / (len(wider) * max(1, lengths[stream]))
        if batch and (len(wider) > max_rows or padded > max_padding):
            batches.append(batch)
            batch = (stream,)
        else:
            batch = wider
    return (*batches, batch) if batch else tuple(batches)


class Scheduler:
    """Streams are numbers here; the caller tells what happened to them and asks what is next."""

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self._max_rows = max_rows
        self._reading: deque[int] = deque()
        self._decoding: dict[int, int] = {}
        """Length when the stream began to decode; all rows grow alike, so it stays good enough to group by."""

        self._turns: deque[tuple[int, ...]] = deque()
        self._prefilled_last = False

    @property
    def batches(self) -> frozenset[tuple[int, ...]]:
        """The batches that stand now; any other one has come apart."""
        return frozenset(self._turns)

    def add(self, stream: int) -> None:
        """A new stream; it reads its prompt first."""
        self._reading.append(stream)

    def read(self, stream: int, length: int) -> None:
        """The stream's prompt of this length is read; it decodes from now on."""
        self._reading.remove(stream)
        self._decoding[stream] = length
        self._regroup()

    def remove(self, stream: int) -> None:
        if stream in self._reading:
            self._reading.remove(stream)
        if self._decoding.pop(stream, None) is not None:
            self._regroup()

    def _regroup(self) -> None:
        self._turns = deque(groups(self._decoding, self._max_rows))

    def next(self) -> Prefill | Decode | None:
        """What to run now; None when no stream is open."""
        if self._reading and (not self._turns or not self._prefilled_last):
            self._prefilled_last = True
            stream = self._reading[0]
            self._reading.rotate(-1)
            return Prefill(stream)
        self._prefilled_last = False
        if not self._turns:
            return None
        streams = self._turns[0]
        self._turns.rotate(-1)
        return Decode(streams)
