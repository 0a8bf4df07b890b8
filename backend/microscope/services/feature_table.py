"""The table of a dictionary's features: filtered, sorted, and shown a window at a time, exactly.

The statistics of all features stand in memory as columns (a million features: 36 MB); an order is sorted once and kept,
so that scrolling costs a slice. Equal values are ordered by index, and what has no value comes last either way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple
from unicodedata import normalize

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from microscope.store.activity import Reader
from microscope.wire.dictionaries import (
    Brush,
    FeatureHistograms,
    FeaturePlace,
    FeatureSearch,
    FeatureSort,
    FeatureState,
    Histogram,
)

MARKS = str.maketrans({"·": " ", "⇥": "\t", "⏎": "\n"})
"""What a page writes for a space, a tab and a line end of a token, and people copy from there."""

ORDERS_KEPT = 8
BINS = 60


class Which(BaseModel):
    """Which features a table shows, and in which order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(default="", max_length=500, description="Looked for in tokens, labels and texts, whatever the case.")
    within: FeatureSearch = Field(default="all", description="Where `q` is looked for.")
    state: FeatureState = Field(default="live", description="live: those that fired at least once.")
    density: str = Field(default="", description="`lo-hi`, 0 to 1; either end may be left out.")
    max: str = Field(default="", description="`lo-hi` of the largest activation; either end may be left out.")
    list: str = Field(default="", description="Id of a list: its features alone.")
    starred: bool = Field(default=False, description="Only those that somebody marked.")
    sort: FeatureSort = Field(default="id", description="Ties go by index.")
    desc: bool = Field(default=False, description="From the greatest down.")

    @field_validator("density", "max")
    @classmethod
    def _a_range(cls, text: str) -> str:
        bounds_of(text)
        return text


def bounds_of(text: str) -> tuple[float, float]:
    """`1e-4-0.5` → (0.0001, 0.5); an end that is left out is infinite, and so are both of an empty text.

    Raises:
        ValueError: no range.
    """
    if not text:
        return -np.inf, np.inf
    # A hyphen behind an e belongs to an exponent.
    cuts = [at for at, mark in enumerate(text) if mark == "-" and text[at - 1 : at].lower() != "e"]
    for cut in cuts:
        try:
            low, high = float(text[:cut] or "-inf"), float(text[cut + 1 :] or "inf")
        except ValueError:
            continue
        if low <= high:
            return low, high
    raise ValueError(f"expected lo-hi with lo ≤ hi, such as 1e-4-0.5; got {text!r}")


class Said(NamedTuple):
    """What is said of a dictionary's features, by feature."""

    labels: Mapping[int, str]
    scores: Mapping[int, float | None]
    stars: frozenset[int]
    version: int
    """Of the labels: another one when any has changed."""


class Columns(NamedTuple):
    """The statistics of all features, by index."""

    density: Float[NDArray[np.float64], " feature"]
    max: Float[NDArray[np.float32], " feature"]
    fired: Int[NDArray[np.int64], " feature"]
    """Positions."""


class Table:
    """One dictionary's. Belongs to the thread that asks it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.columns = Columns(*(reader.column(name) for name in ("density", "max", "count")))
        self._orders: OrderedDict[Any, Int[NDArray[np.int64], " row"]] = OrderedDict()

    def order(self, which: Which, said: Said, of_list: tuple[int, ...] | None = None) -> Int[NDArray[np.int64], " row"]:
        """Indices of all rows that the filters let through, as they are sorted.

        Args:
            of_list: features of the list that `which` names.
        """
        key = (which, said.version, said.stars, of_list)
        if key not in self._orders:
            self._orders[key] = self._sorted(which, said, np.flatnonzero(self._kept(which, said, of_list)))
            if len(self._orders) > ORDERS_KEPT:
                self._orders.popitem(last=False)
        self._orders.move_to_end(key)
        return self._orders[key]

    def place(self, index: int, which: Which, said: Said, of_list: tuple[int, ...] | None = None) -> FeaturePlace:
        """A feature's row and the features beside it; one that is left out stands where its value would put it."""
        order = self.order(which, said, of_list)
        total, found = len(order), _row_of(index, order)
        if found is None:
            order = self._sorted(which, said, np.union1d(order, [index]))
        at = _row_of(index, order) if found is None else found
        assert at is not None, f"feature {index} is not among {len(order)} rows that it was added to"
        before = int(order[at - 1]) if at > 0 else None
        behind = int(order[at + 1]) if at + 1 < len(order) else None
        return FeaturePlace(row=found, total=total, previous=before, next=behind)

    def histograms(self, which: Which, said: Said, of_list: tuple[int, ...] | None = None) -> FeatureHistograms:
        """Each of what all filters but its own range let through, beside all live features."""
        columns, live, rest = self.columns, self.columns.fired > 0, self._but_ranges(which, said, of_list)
        return FeatureHistograms(
            density=_brush(columns.density, live, rest & _inside(columns.max, which.max), "log"),
            max=_brush(columns.max, live, rest & _inside(columns.density, which.density), "linear"),
            dead=int((~live).sum()),
        )

    def _kept(self, which: Which, said: Said, of_list: tuple[int, ...] | None) -> Bool[NDArray[np.bool_], " feature"]:
        columns = self.columns
        ranges = _inside(columns.density, which.density) & _inside(columns.max, which.max)
        return ranges & self._but_ranges(which, said, of_list)

    def _but_ranges(
        self, which: Which, said: Said, of_list: tuple[int, ...] | None
    ) -> Bool[NDArray[np.bool_], " feature"]:
        """What all filters but the two ranges let through."""
        columns = self.columns
        keep = np.ones(len(columns.fired), dtype=bool)
        if which.state != "all":
            keep &= (columns.fired > 0) == (which.state == "live")
        if of_list is not None:
            keep &= self._mask(of_list)
        if which.starred:
            keep &= self._mask(said.stars)
        if which.q:
            keep &= self._mask(self._found(which.q, which.within, said))
        return keep

    def _found(self, q: str, within: FeatureSearch, said: Said) -> set[int]:
        found: set[int] = set()
        if within in ("all", "label"):
            wanted = folded(q)
            found |= {index for index, label in said.labels.items() if wanted in folded(label)}
        for where in ("token", "logit", "text"):
            if within in ("all", where):
                for spelling in {q, q.translate(MARKS)}:
                    found |= set(self.reader.search(spelling, where).tolist())
        return found

    def _mask(self, indices: Collection[int]) -> Bool[NDArray[np.bool_], " feature"]:
        mask = np.zeros(len(self.columns.fired), dtype=bool)
        wanted = np.fromiter(indices, np.int64, len(indices))
        mask[wanted[(wanted >= 0) & (wanted < len(mask))]] = True
        return mask

    def _sorted(self, which: Which, said: Said, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        match which.sort:
            case "id":
                return rows[::-1] if which.desc else rows
            case "density" | "max":
                key = (self.columns.density if which.sort == "density" else self.columns.max)[rows]
            case "label":
                key = _places({index: label.lower() for index, label in said.labels.items()}, rows)
            case "score":
                scores = {index: score for index, score in said.scores.items() if score is not None}
                key = np.array([scores.get(row, np.nan) for row in rows.tolist()])
        # Stable, so that equal keys stay in the order of their indices; nan is sorted to the end.
        return rows[np.argsort(-key if which.desc else key, kind="stable")]


def _row_of(index: int, order: Int[NDArray[np.int64], " row"]) -> int | None:
    at = np.flatnonzero(order == index)
    return int(at[0]) if len(at) else None


def folded(text: str) -> str:
    """As texts are compared: one spelling of accents, lower case, and İ as the i that it becomes."""
    return normalize("NFC", normalize("NFC", text).lower().replace("i\u0307", "i"))


def _places(labels: Mapping[int, str], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where each row's label stands among all labels; nan without one."""
    place = {label: float(number) for number, label in enumerate(sorted({*labels.values()}))}
    return np.array([place[labels[row]] if row in labels else np.nan for row in rows.tolist()])


def _inside(values: NDArray[Any], text: str) -> Bool[NDArray[np.bool_], " feature"]:
    low, high = bounds_of(text)
    return (values >= low) & (values <= high)


def _brush(
    values: NDArray[Any],
    live: Bool[NDArray[np.bool_], " feature"],
    kept: Bool[NDArray[np.bool_], " feature"],
    scale: Literal["linear", "log"],
) -> Brush:
    whole = histogram(values[live], scale)
    counts = np.histogram(values[live & kept], whole.edges)[0].tolist() if whole.counts else ()
    return Brush(edges=whole.edges, counts=tuple(counts), whole=whole.counts, scale=scale)


def histogram(values: NDArray[Any], scale: Literal["linear", "log"]) -> Histogram:
    """Of values above 0; no bins where there are none."""
    if not len(values):
        return Histogram(edges=(), counts=(), scale=scale)
    low, high = float(values.min()), float(values.max())
    if scale == "linear":
        edges = np.linspace(0.0, high, BINS + 1)
    else:
        edges = np.geomspace(low, high if high > low else 2 * low, BINS + 1)
        edges[0], edges[-1] = low, max(high, edges[-1])  # Rounding must not leave an end out.
    counts, _ = np.histogram(values, edges)
    return Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()), scale=scale)
