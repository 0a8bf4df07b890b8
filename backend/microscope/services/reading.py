"""Exact readings of a text's kept residuals: rows at one position, and whole heat maps.

A reading *for* the token at a position was made one position before it; *after* it, at the position itself.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from pydantic import JsonValue
from torch import Tensor

from microscope.core.lens import Grid, Reading, TunedLens, grid, read
from microscope.core.sites import Component
from microscope.engine.device import Priority
from microscope.engine.state import State
from microscope.errors import Invalid
from microscope.lab import Lab, Loaded
from microscope.services.limits import check_reading
from microscope.services.schedules import Piece
from microscope.services.states import Computed, Source, computed_to, dearest
from microscope.settings import Settings
from microscope.store.objects import name_of
from microscope.wire.conversations import InForceFrom
from microscope.wire.frames import index_dtype, pack
from microscope.wire.lenses import GridHead, GridQuery, LayerName, LensRow, LensRows, Read, ReadLens

POSITIONS_PER_JOB = 64
"""Columns of a heat map in one job of the device, so that others get their turn."""


class Where(NamedTuple):
    """One reading: the position whose residuals are read, and the token that they are compared with."""

    row: int
    actual: int | None


def where(ids: Sequence[int], position: int, reading: Read) -> Where | None:
    """None for the first token, which nothing predicted.

    Raises:
        Invalid: a position that the text does not have.
    """
    if position >= len(ids):
        raise Invalid(
            f"Position {position} was asked for; the text has {len(ids)} tokens, counted from 0.",
            next=f"Give one below {len(ids)}." if ids else "Give it a text first.",
        )
    if reading == "for":
        return Where(position - 1, ids[position]) if position else None
    return Where(position, ids[position + 1] if position + 1 < len(ids) else None)


async def read_rows(lab: Lab, source: Source, query: ReadLens) -> LensRows:
    """One position's rows at CLICK priority. The source is `held`."""
    check_reading(lab.settings, query.k, query.component, query.lens)
    place = where(source.ids, query.position, query.read)
    if place is None:
        return LensRows(
            id=query.id,
            position=query.position,
            read=query.read,
            actual=None,
            rows=(),
            computed="kept",
            original=True,
        )
    lens = await lab.lens(source.loaded, query.lens)
    state, computed = await computed_to(lab, source, place.row + 1)
    reading = await lab.device.do(
        Priority.CLICK, lambda: reading_at(state, place.row, place.actual, query.component, lens, query.k)
    )
    original = state.original(place.row, place.row + 1)
    return LensRows(
        id=query.id,
        position=query.position,
        read=query.read,
        actual=place.actual,
        rows=rows_of(reading, query.component),
        computed=computed,
        original=original,
    )


@torch.no_grad()
def reading_at(
    state: State, row: int, actual: int | None, component: Component, lens: TunedLens | None, k: int
) -> Reading:
    """On the device thread; the result is on the CPU."""
    resid = component_of(state, component)[:, row]
    reading = read(resid, state.model.unembed, state.resid[-1, row], actual, lens, k)
    return Reading(*(part.cpu() for part in reading))


def component_of(state: State, component: Component) -> Float[Tensor, "row position d_model"]:
    match component:
        case "resid":
            return state.resid
        case "attn_out":
            return state.attn_out
        case "mlp_out":
            return state.mlp_out


def layer_names(rows: int, component: Component) -> list[LayerName]:
    """The residual stream begins with what enters the first block; attention and MLPs have blocks only."""
    return ["embed", *range(rows - 1)] if component == "resid" else [*range(rows)]


def rows_of(reading: Reading, component: Component) -> tuple[LensRow, ...]:
    ids, logprobs = reading.ids.tolist(), reading.logprobs.tolist()
    entropy, kl = _numbers(reading.entropy), _numbers(reading.kl_to_last)
    ranks, of_actual = reading.rank.tolist(), reading.logprob.tolist()
    return tuple(
        LensRow(
            layer=layer,
            ids=() if entropy[row] is None else tuple(ids[row]),
            logprobs=() if entropy[row] is None else tuple(logprobs[row]),
            entropy=entropy[row],
            logprob=of_actual[row] if ranks[row] >= 0 else None,
            rank=ranks[row] if ranks[row] >= 0 else None,
            kl_to_last=kl[row],
        )
        for row, layer in enumerate(layer_names(len(ids), component))
    )


def _numbers(values: Float[Tensor, " row"]) -> list[float | None]:
    """JSON has no nan."""
    return [None if math.isnan(value) else value for value in values.tolist()]


# ── Heat maps ────────────────────────────────────────────────────────────────────────────────────────────


class Span(NamedTuple):
    """The columns of a heat map."""

    start: int
    end: int


def span_of(query: GridQuery, n_tokens: int) -> Span:
    """
    Raises:
        Invalid: columns that the text does not have.
    """
    end = n_tokens if query.end is None else query.end
    if not query.start < end <= n_tokens:
        raise Invalid(
            f"Positions {query.start}:{end} were asked for; expected start < end ≤ {n_tokens}, the length of the text.",
            next="Leave out start and end to read all of it.",
        )
    return Span(query.start, end)


def places_of(ids: Sequence[int], query: GridQuery) -> list[Where | None]:
    """The readings of a heat map, by column.

    Raises:
        Invalid: columns that the text does not have.
    """
    span = span_of(query, len(ids))
    return [where(ids, position, query.read) for position in range(span.start, span.end)]


def check_grid(settings: Settings, loaded: Loaded, ids: Sequence[int], query: GridQuery) -> None:
    """
    Raises:
        TooLarge, Incompatible: as `check_reading` says.
        Invalid: columns that the text does not have; a target, or tokens of the text, outside of the vocabulary.
    """
    check_reading(settings, 1, query.component, query.lens)
    if query.target is not None and query.target >= loaded.model.d_vocab:
        raise Invalid(
            f"Token {query.target} is outside the vocabulary of {loaded.model.d_vocab}.",
            next=f"Give an id from 0 to {loaded.model.d_vocab - 1} as target.",
        )
    span = span_of(query, len(ids))
    loaded.model.check_ids(ids[span.start : span.end])


def etag_of(lab: Lab, loaded: Loaded, ids: Sequence[int], query: GridQuery, pieces: Sequence[Piece]) -> str:
    """The same for the same numbers: names weights, dtype, lens, patches, the text as far as it is read, the query.

    Args:
        pieces: what computed the positions that are read.
    """
    span = span_of(query, len(ids))
    info = loaded.model.info
    lens = "logit"
    if query.lens == "tuned" and (path := lab.lenses.find(info.weights_sha256, loaded.folder)):
        lens = f"{path}:{path.stat().st_mtime_ns}"
    digest = hashlib.sha256(np.asarray(ids[: span.end + 1], dtype="<u4").tobytes()).hexdigest()
    patched: list[JsonValue] = [
        [piece.start, stretch.start, stretch.edits.name]
        for piece in pieces
        for stretch in piece.source.schedule.stretches
        if stretch.edits.placed
    ]
    return name_of(
        {
            "weights": info.weights_sha256,
            "dtype": info.dtype,
            "lens": lens,
            "ids": digest,
            "patched": patched,
            "span": [span.start, span.end],
            "query": query.model_dump(mode="json"),
        }
    )


class GridPart(NamedTuple):
    """Columns of a heat map that were computed together."""

    pieces: list[Grid]
    computed: Computed
    original: bool
    patches: tuple[InForceFrom, ...]
    """In force where they were computed."""


async def read_grid(lab: Lab, source: Source, query: GridQuery) -> bytes:
    """A heat map of a text that was computed in one way, as a safetensors file. The source is `held`."""
    check_grid(lab.settings, source.loaded, source.ids, query)
    places = [place for place in places_of(source.ids, query) if place]
    parts = [await read_part(lab, source, query, places)] if places else []
    return grid_file(source.loaded, source.ids, query, parts)


async def read_part(lab: Lab, source: Source, query: GridQuery, places: Sequence[Where]) -> GridPart:
    """Columns that stand side by side, at least one. The source is `held`."""
    first, end = places[0].row, places[-1].row + 1
    lens = await lab.lens(source.loaded, query.lens)
    state, computed = await computed_to(lab, source, end)
    pieces = [piece async for piece in lab.device.stream(Priority.CLICK, _grid_pieces(state, places, query, lens))]
    patches = (
        InForceFrom(start=start, set=edits.set or None) for start, _, edits in source.schedule.within(first, end)
    )
    return GridPart(pieces, computed, state.original(first, end), tuple(patches))


def grid_file(loaded: Loaded, ids: Sequence[int], query: GridQuery, parts: Sequence[GridPart]) -> bytes:
    """Parts side by side as a safetensors file; there are none of a first token alone, which nothing predicted."""
    info, span = loaded.model.info, span_of(query, len(ids))
    head = GridHead(
        query=query,
        n_layers=info.n_layers,
        weights_sha256=info.weights_sha256,
        patches=_changes([one for part in parts for one in part.patches]),
        computed=dearest([part.computed for part in parts]),
        original=all(part.original for part in parts),
    )
    rows = info.n_layers + (query.component == "resid")
    pieces = [piece for part in parts for piece in part.pieces]
    first_is_missing = places_of(ids, query)[0] is None
    arrays = grid_arrays(pieces, rows, info.d_vocab, first_is_missing=first_is_missing)
    shown = np.asarray(ids[span.start : span.end], dtype=index_dtype(info.d_vocab))
    return pack({"ids": shown, **arrays}, head)


def _changes(patches: Sequence[InForceFrom]) -> tuple[InForceFrom, ...]:
    """Where another set begins than the one before; at first there is none."""
    before = [None, *(one.set for one in patches)]
    return tuple(one for one, last in zip(patches, before, strict=False) if one.set != last)


def _grid_pieces(state: State, places: Sequence[Where], query: GridQuery, lens: TunedLens | None) -> Iterator[Grid]:
    """One job of the device between two yields; columns are consecutive."""
    for start in range(0, len(places), POSITIONS_PER_JOB):
        stretch = places[start : start + POSITIONS_PER_JOB]
        first, end = stretch[0].row, stretch[-1].row + 1
        chosen = [query.target if query.target is not None else place.actual for place in stretch]
        targets = torch.tensor([-1 if one is None else one for one in chosen], device=state.model.device)
        with torch.no_grad():
            resid, last = component_of(state, query.component)[:, first:end], state.resid[-1, first:end]
            piece = grid(resid, state.model.unembed, last, targets, lens)
            cpu = Grid(*(part.cpu() for part in piece))
        yield cpu


def grid_arrays(pieces: Sequence[Grid], rows: int, d_vocab: int, first_is_missing: bool) -> dict[str, np.ndarray]:
    """Arrays (row, position) as `GridHead` lists them; a column that has no reading is nan."""

    def joined(name: str, dtype: np.dtype | type, missing: float) -> np.ndarray:
        columns = [getattr(piece, name).numpy() for piece in pieces]
        if first_is_missing:
            columns.insert(0, np.full((rows, 1), missing))
        return np.concatenate(columns, axis=1).astype(dtype)

    ranks = joined("ranks", np.int64, -1)
    rank_dtype = index_dtype(d_vocab + 1)  # The largest number is none.
    return {
        "top_ids": joined("top_ids", index_dtype(d_vocab), 0),
        "top_logprob": joined("top_logprobs", np.float16, np.nan),
        "entropy": joined("entropy", np.float16, np.nan),
        "target_logprob": joined("target_logprobs", np.float32, np.nan),
        "rank": np.where(ranks < 0, np.iinfo(rank_dtype).max, ranks).astype(rank_dtype),
        "kl_to_last": joined("kl_to_last", np.float16, np.nan),
    }
