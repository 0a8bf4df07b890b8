"""What was gathered of all features becomes the tables of a dictionary, some features at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from numpy.typing import NDArray
from torch import Tensor

from microscope.core.coactivation import Cofiring, Lift, cofiring, lift
from microscope.core.directions import Logits, Near
from microscope.core.examples import Best, bands_of
from microscope.core.gathering import Gathering
from microscope.store.activity import Column, Lists, Writer

TOP_TOKENS = 5
GROUP = 10
"""Examples of a group that is drawn at random."""

BANDS = {"q75": 3, "q50": 2, "q25": 1}
"""Quarters of all firings, 0 being the weakest."""


class Texts(NamedTuple):
    """All rows that were read."""

    ids: Int[NDArray[np.int32], " row"]
    starts: Int[NDArray[np.int64], " context"]
    """First row of each context."""

    documents: Int[NDArray[np.int64], " context"]
    held_out: Bool[NDArray[np.bool_], " context"]


class Shown(NamedTuple):
    """Examples of one group of a range of features, feature by feature, in the order in which they are shown."""

    group: str
    feature: Int[NDArray[np.int64], " example"]
    rank: Int[NDArray[np.int64], " example"]
    place: Int[NDArray[np.int64], " example"]
    """In the feature's list of `best`."""

    best: Best


def shown(gathering: Gathering, features: range) -> list[Shown]:
    """Every group; `held_out` is the strongest firings in held-out documents."""
    top, held_out, sample = gathering.top, gathering.held_out, gathering.sample
    groups = [
        _group("top", top, features, _there(top, features)),
        _group("held_out", held_out, features, _there(held_out, features)),
    ]
    there = _there(sample, features)
    value = sample.value[features.start : features.stop].cpu()
    bands = bands_of(value, there, gathering.activity.histogram[features.start : features.stop].cpu())
    for name, quarter in BANDS.items():
        mine = bands.quarter == quarter
        sure = mine & bands.sure
        groups.append(_group(name, sample, features, _first(torch.where(sure.any(-1, keepdim=True), sure, mine))))
    groups.append(_group("rand", sample, features, _first(there)))
    return groups


def _there(best: Best, features: range) -> Bool[Tensor, "feature example"]:
    return best.priority[features.start : features.stop].cpu() >= 0


def _first(wanted: Bool[Tensor, "feature example"]) -> Bool[Tensor, "feature example"]:
    """The first few: a sample is kept in the order of its lots, so that these are drawn at random too."""
    return wanted & (wanted.cumsum(-1) <= GROUP)


def _group(name: str, best: Best, features: range, wanted: Bool[Tensor, "feature example"]) -> Shown:
    """The strongest first."""
    feature, place = (part.numpy() for part in wanted.nonzero(as_tuple=True))
    value = best.value[features.start : features.stop].cpu().numpy()[feature, place]
    order = np.lexsort((place, -value, feature))
    feature, place = feature[order], place[order]
    return Shown(name, feature + features.start, _ranks(feature), place, best)


def _ranks(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2 … within each run of equal numbers."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.append(starts, len(group))))


def example_rows(
    examples: Shown, texts: Texts, context: int, text_of: Callable[[Sequence[int]], str]
) -> dict[str, Column]:
    """Rows of `examples.parquet`.

    Args:
        text_of: a stretch of ids as it is searched; only the strongest examples are.
    """
    feature, place, best = examples.feature, examples.place, examples.best
    at = (torch.from_numpy(feature), torch.from_numpy(place))
    row, value, window = (part.cpu().numpy() for part in (best.row[at], best.value[at], best.window(*at)))
    which = np.searchsorted(texts.starts, row, side="right") - 1
    ends = np.append(texts.starts[1:], len(texts.ids))
    start = np.maximum(texts.starts[which], row - context)
    lengths = np.minimum(ends[which], row + context + 1) - start
    flat = np.repeat(start - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    ids = texts.ids[flat]
    column = flat - np.repeat(row, lengths) + context
    searched = examples.group in ("top", "held_out")
    pieces = np.split(ids, np.cumsum(lengths)[:-1]) if searched and len(lengths) else []
    return {
        "feature": feature,
        "group": [examples.group] * len(feature),
        "rank": examples.rank,
        "activation": value,
        "document": texts.documents[which],
        "held_out": texts.held_out[which],
        "position": row - texts.starts[which],
        "start": start - texts.starts[which],
        "ids": Lists(ids, lengths),
        "activations": Lists(window[np.repeat(np.arange(len(row)), lengths), column].astype(np.float32), lengths),
        "text": [text_of(piece.tolist()) for piece in pieces] if searched else [""] * len(feature),
    }


def feature_rows(
    gathering: Gathering, features: range, texts: Texts, logits: Logits | None, text_of: Callable[[Sequence[int]], str]
) -> dict[str, Column]:
    """Rows of `features.parquet`."""
    part = slice(features.start, features.stop)
    activity = gathering.activity
    bins = activity.histogram[part].cpu().numpy()
    first, lengths = _filled(bins)
    inside = (np.arange(bins.shape[1]) >= first[:, None]) & (np.arange(bins.shape[1]) < (first + lengths)[:, None])
    peaks = _peaks(gathering.top, features, texts)
    top_ids = [] if logits is None else logits.top_ids.numpy()
    return {
        "index": np.arange(features.start, features.stop),
        "count": activity.count[part].cpu().numpy(),
        "density": activity.density[part].cpu().numpy(),
        "max": activity.max[part].cpu().numpy(),
        "mean": activity.mean[part].cpu().numpy(),
        "first_bin": first,
        "histogram": Lists(bins[inside], lengths),
        "top_tokens": peaks,
        "top_texts": ["\n".join(text_of([id]) for id in ids) for ids in peaks],
        "top_logit_ids": _lists(None if logits is None else logits.top_ids, len(features)),
        "top_logits": _lists(None if logits is None else logits.top, len(features)),
        "top_logit_texts": ["\n".join(text_of([id]) for id in ids.tolist()) for ids in top_ids] or [""] * len(features),
        "bottom_logit_ids": _lists(None if logits is None else logits.bottom_ids, len(features)),
        "bottom_logits": _lists(None if logits is None else logits.bottom, len(features)),
    }


def _lists(table: Tensor | None, rows: int) -> Lists:
    if table is None:
        return Lists(np.zeros(0), np.zeros(rows, np.int64))
    return Lists(table.numpy().ravel(), np.full(rows, table.shape[1], np.int64))


def _filled(bins: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first bin that is not empty, and how many there are up to the last; (0, 0) where all are."""
    full = bins > 0
    alive = full.any(1)
    first = np.where(alive, full.argmax(1), 0)
    last = bins.shape[1] - full[:, ::-1].argmax(1)
    return first, np.where(alive, last - first, 0)


def _peaks(top: Best, features: range, texts: Texts) -> list[list[int]]:
    """Tokens at the peaks of the strongest examples, each once."""
    rows = top.row[features.start : features.stop].cpu().numpy()
    ids = np.where(rows >= 0, texts.ids[np.maximum(rows, 0)] if len(texts.ids) else 0, -1)
    return [[id for id in dict.fromkeys(row) if id >= 0][:TOP_TOKENS] for row in ids.tolist()]


class Related(NamedTuple):
    """Pairs that were counted, ready to be cut by feature."""

    together: Cofiring
    lifts: Lift


def related(gathering: Gathering, least: int) -> Related:
    """
    Args:
        least: pairs that were met less often are left out.
    """
    pairs, tokens = gathering.pairs.counted(), gathering.on_token.counted()
    together = cofiring(*pairs, single=gathering.single, rows=gathering.pair_rows, least=least)
    lifts = lift(*tokens, fires=gathering.activity.count, tokens=gathering.tokens, least=least)
    return Related(Cofiring(*(part.cpu() for part in together)), Lift(*(part.cpu() for part in lifts)))


def neighbour_rows(near: Near, together: Cofiring, features: range, k: int) -> Iterator[dict[str, Column]]:
    """Rows of `neighbours.parquet`: by cosine, then by when they fire."""
    n = near.other.shape[1]
    nothing: list[Any] = [None] * near.other.numel()
    yield {
        "feature": np.repeat(np.arange(features.start, features.stop), n),
        "kind": ["cosine"] * near.other.numel(),
        "rank": np.tile(np.arange(n), len(features)),
        "other": near.other.numpy().ravel(),
        "cosine": near.cosine.numpy().ravel(),
        "count": nothing,
        "jaccard": nothing,
        "pmi": nothing,
    }
    feature, rank, kept = _best_of(together.feature, together.jaccard, features, k)
    yield {
        "feature": feature,
        "kind": ["cofiring"] * len(feature),
        "rank": rank,
        "other": together.other[kept].numpy(),
        "cosine": [None] * len(feature),
        "count": together.together[kept].numpy(),
        "jaccard": together.jaccard[kept].numpy(),
        "pmi": together.pmi[kept].numpy(),
    }


def token_rows(lifts: Lift, features: range, k: int) -> dict[str, Column]:
    """Rows of `tokens.parquet`."""
    feature, rank, kept = _best_of(lifts.feature, lifts.lift, features, k)
    return {
        "feature": feature,
        "rank": rank,
        "id": lifts.token[kept].numpy(),
        "count": lifts.together[kept].numpy(),
        "of": lifts.of[kept].numpy(),
        "lift": lifts.lift[kept].numpy(),
    }


def _best_of(
    feature: Tensor, score: Tensor, features: range, k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Tensor]:
    """The k entries of the highest score of each feature: features, ranks, and where they stand.

    Args:
        feature: rising.
    """
    edges = torch.tensor([features.start, features.stop], dtype=feature.dtype)
    start, end = torch.searchsorted(feature, edges).tolist()
    names, scores = feature[start:end].numpy(), score[start:end].numpy()
    order = np.lexsort((-scores, names))
    rank = _ranks(names[order])
    kept = order[rank < k]
    return names[kept], rank[rank < k], torch.from_numpy(kept + start)


class Chunk(NamedTuple):
    """What all ranges of features are written from."""

    gathering: Gathering
    texts: Texts
    context: int
    """Tokens on each side of an example."""

    k: int
    """Neighbours and tokens listed for each feature."""

    text_of: Callable[[Sequence[int]], str]

    def write(self, writer: Writer, features: range, logits: Logits | None, near: Near, found: Related) -> None:
        """A range of features into all tables."""
        writer.add("features", feature_rows(self.gathering, features, self.texts, logits, self.text_of))
        for group in shown(self.gathering, features):
            writer.add("examples", example_rows(group, self.texts, self.context, self.text_of))
        for rows in neighbour_rows(near, found.together, features, self.k):
            writer.add("neighbours", rows)
        writer.add("tokens", token_rows(found.lifts, features, self.k))
