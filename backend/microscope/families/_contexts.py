"""Texts with their activations at one site, a batch of whole contexts at a time: recorded, or computed now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from microscope.core.gathering import Contexts
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.engine.recording import batches, contexts, front, record
from microscope.errors import Invalid
from microscope.families._dictionary import Texts
from microscope.families.base import Checkpoint
from microscope.families.record_activations import is_held_out
from microscope.store.activations import Recording
from microscope.store.datasets import Dataset
from microscope.store.shards import SPLITS, begins

BATCH_ROWS = 4_096


class Read(NamedTuple):
    """Consecutive whole contexts."""

    ids: Int[NDArray[np.int32], " row"]
    lengths: Int[NDArray[np.int64], " context"]
    documents: Int[NDArray[np.int64], " context"]
    """Number of the document that each context is of."""

    held_out: Bool[NDArray[np.bool_], " context"]
    x: Float[Tensor, "row d_model"]


def check_finite(read: Read, counted: Bool[Tensor, " row"]) -> None:
    """
    Args:
        counted: rows that matter.

    Raises:
        Invalid: one of them has entries that are no numbers.
    """
    wrong = (counted & ~read.x.isfinite().all(1)).nonzero()
    if len(wrong):
        row = int(wrong[0])
        context = int(np.searchsorted(np.cumsum(read.lengths), row, side="right"))
        position = row - int(read.lengths[:context].sum())
        value = float(read.x[row][~read.x[row].isfinite()][0])
        raise Invalid(
            f"The activation of document {read.documents[context]}, position {position} holds {value}; expected finite "
            "numbers.",
            next="Leave that document out, or record it again in float32: --activations-dtype float32.",
        )


def from_recording(recording: Recording, site: Site, max_tokens: int, skip: int) -> Iterator[Read]:
    """Training documents first, then held-out ones; of each so many rows as their share of `max_tokens` is.

    Args:
        skip: batches to leave out.
    """
    made = 0
    for split in SPLITS:
        tokens = recording.tokens(site, split)
        starts = np.flatnonzero(begins(tokens))
        ends = np.append(starts[1:], len(tokens.token_id))
        allowed = share_of(recording, site, split, max_tokens)
        for first, end in _grouped(starts, ends, allowed):
            made += 1
            if made > skip:
                rows = np.arange(starts[first], ends[end - 1])
                yield Read(
                    tokens.token_id[rows],
                    ends[first:end] - starts[first:end],
                    tokens.sample_id[starts[first:end]],
                    np.full(end - first, split == "held_out"),
                    torch.from_numpy(recording.rows(site, split, rows)),
                )


def share_of(recording: Recording, site: Site, split: str, max_tokens: int) -> int:
    """Rows of a split that are read, where not all of them are."""
    rows = {name: recording.n_rows(site, name) for name in SPLITS}
    return min(rows[split], int(np.ceil(max_tokens * rows[split] / max(sum(rows.values()), 1))))


def _grouped(starts: NDArray[np.int64], ends: NDArray[np.int64], rows: int) -> Iterator[tuple[int, int]]:
    """Contexts `first:end` of about `BATCH_ROWS` rows, until `rows` have been read, the last context whole."""
    first, enough = 0, int(np.searchsorted(ends, rows)) + 1
    while first < len(starts) and (starts[first] < rows):
        end = int(np.searchsorted(ends, starts[first] + BATCH_ROWS, side="right"))
        end = min(max(first + 1, end), enough)
        yield first, end
        first = end


def from_model(
    model: Model, dataset: Dataset, site: Site, *, max_tokens: int, context: int, held_out: float, skip: int
) -> Iterator[Read]:
    """Documents through the model up to the site; nothing is computed after it.

    Args:
        context: tokens that the model reads at once, at most.
        held_out: share of the documents that SAEs are not trained on.
        skip: batches to leave out.
    """
    for number, group in enumerate(_gathered(model, dataset, max_tokens, context, held_out)):
        if number >= skip:
            yield _computed(model, group, site)


class _Context(NamedTuple):
    ids: list[int]
    document: int
    held_out: bool


def _gathered(
    model: Model, dataset: Dataset, max_tokens: int, context: int, held_out: float
) -> Iterator[list[_Context]]:
    """Groups of about `BATCH_ROWS` tokens."""
    before, group, size, total = front(model), list[_Context](), 0, 0
    for number, text in enumerate(dataset.read()):
        held = is_held_out(text, held_out)
        for ids in contexts(model.encode(text, bos=False), before, context):
            group.append(_Context(ids, number, held))
            size, total = size + len(ids), total + len(ids)
        if size >= BATCH_ROWS or total >= max_tokens:
            yield group
            group, size = [], 0
        if total >= max_tokens:
            return
    if group:
        yield group


def _computed(model: Model, group: Sequence[_Context], site: Site) -> Read:
    lengths = [len(one.ids) for one in group]
    parts: dict[int, Tensor] = {}
    for batch in batches(lengths, BATCH_ROWS):
        (vectors,) = record(model, [group[index].ids for index in batch], (site,))
        parts.update(zip(batch, vectors.split([lengths[index] for index in batch]), strict=True))
    return Read(
        np.concatenate([np.asarray(one.ids, np.int32) for one in group]),
        np.asarray(lengths, np.int64),
        np.asarray([one.document for one in group], np.int64),
        np.asarray([one.held_out for one in group]),
        torch.cat([parts[index] for index in range(len(group))]),
    )


class TextsRead:
    """What has been read so far: every row's token, four bytes each, and where contexts begin."""

    def __init__(self) -> None:
        self.batches = 0
        self.n_rows = 0
        self._ids: list[NDArray[np.int32]] = []
        self._contexts: list[NDArray[np.int64]] = []
        """(3, context): length, document, whether it is held out."""

    def add(self, read: Read, left_out: set[int], device: torch.device) -> Contexts:
        """
        Args:
            left_out: tokens that are in no statistic, as no first position is.
        """
        n_contexts = sum(part.shape[1] for part in self._contexts)
        ids = torch.from_numpy(read.ids).to(device, torch.int64)
        lengths = torch.from_numpy(read.lengths).to(device)
        counted = ~torch.isin(ids, torch.tensor(sorted(left_out), dtype=torch.int64, device=device))
        counted[lengths.cumsum(0) - lengths] = False
        number = torch.arange(n_contexts, n_contexts + len(lengths), device=device).repeat_interleave(lengths)
        held_out = torch.from_numpy(read.held_out).to(device).repeat_interleave(lengths)
        made = Contexts(ids, number, held_out, counted, self.n_rows)
        self._ids.append(read.ids)
        self._contexts.append(np.stack([read.lengths, read.documents, read.held_out.astype(np.int64)]))
        self.n_rows += len(read.ids)
        self.batches += 1
        return made

    def all(self) -> Texts:
        ids = np.concatenate(self._ids) if self._ids else np.zeros(0, np.int32)
        lengths, documents, held_out = np.concatenate([np.zeros((3, 0), np.int64), *self._contexts], axis=1)
        return Texts(ids, np.cumsum(lengths) - lengths, documents, held_out.astype(bool))

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        contexts = np.concatenate([np.zeros((3, 0), np.int64), *self._contexts], axis=1)
        return {"ids": torch.from_numpy(self.all().ids), "contexts": torch.from_numpy(contexts)}

    def restore(self, saved: Checkpoint) -> None:
        """What `tensors` gave; `batches` stands in the checkpoint's state."""
        self._ids, self._contexts = [saved.tensors["ids"].numpy()], [saved.tensors["contexts"].numpy()]
        self.n_rows, self.batches = len(self._ids[0]), int(str(saved.state["batches"]))
