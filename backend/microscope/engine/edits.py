"""Patches in a forward pass: every row of a batch carries its own, and none are merged into the weights.

A row without an edit keeps its bits, and so does a position that no edit covers: what is not changed is not written.
Edits are computed in float32 and rounded to the model's dtype once a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from sys import maxsize
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.edits import At, Edit
from microscope.core.patches.scope import Scope, Written, first_other
from microscope.core.sites import Site


class Edits(NamedTuple):
    """What is in force in one row."""

    placed: tuple[Placed, ...] = ()
    written: Written = ()
    """What of the row's text the model wrote."""

    name: str = ""
    """Edits of one name change every position alike, and so do all that change nothing, which have none."""

    set: str = ""
    """The set of patches that they are of, where it has a name."""

    first: int = 0
    """They change nothing before this position."""

    def alike(self, other: Edits) -> int:
        """Leading positions that have the same numbers under both, `sys.maxsize` where all have; where nobody knows,
        those before the first that either may change."""
        if self is other or (self.name == other.name and not (self.nameless or other.nameless)):
            return maxsize
        same_set = self.set and self.set == other.set
        unchanged = min(one.first for one in (self, other) if one.placed or one.name)
        return max(unchanged, first_other(self.written, other.written) if same_set else 0)

    @property
    def nameless(self) -> bool:
        """They change something, and nobody named it."""
        return bool(self.placed) and not self.name


NONE = Edits()


def acting(placed: Sequence[Placed], written: Written) -> Edits:
    """Edits in a text of which the model wrote this, which know where they begin."""
    first = min((one.scope.first(written) for one in placed), default=maxsize)
    return Edits(tuple(placed), written, first=first)


class Stretch(NamedTuple):
    """From a position on."""

    start: int
    edits: Edits


class Schedule(NamedTuple):
    """What is in force at which positions of a text; nothing before the first stretch. No pass reaches over a change:
    a position is computed under what was in force then, and stays so when later ones are not."""

    stretches: tuple[Stretch, ...] = ()

    def at(self, position: int) -> Edits:
        return next((one.edits for one in reversed(self.stretches) if one.start <= position), NONE)

    def end(self, position: int) -> int:
        """Behind the last position that may be computed in one pass with this one."""
        return next((one.start for one in self.stretches if one.start > position), maxsize)

    def within(self, start: int, end: int) -> Iterator[tuple[int, int, Edits]]:
        """The stretches of some positions, in order: from a position, to before another, what is in force there."""
        while start < end:
            stop = min(self.end(start), end)
            yield start, stop, self.at(start)
            start = stop

    def switched(self, position: int, edits: Edits) -> Schedule:
        """Other edits from a position on, whatever was to come."""
        before = tuple(one for one in self.stretches if one.start < position)
        return Schedule((*before, Stretch(position, edits)))

    def agreeing(self, other: Schedule) -> int:
        """Leading positions that both compute alike; `sys.maxsize` where all are."""
        starts = sorted({0, *(one.start for one in (*self.stretches, *other.stretches))})
        for start, stop in pairwise([*starts, maxsize]):
            if (alike := self.at(start).alike(other.at(start))) < stop:
                return max(start, alike)
        return maxsize


UNCHANGED = Schedule()


def always(edits: Edits) -> Schedule:
    """In force at every position."""
    return Schedule((Stretch(0, edits),)) if edits.placed else UNCHANGED


Change = Callable[[Tensor], Tensor]
"""What passes a site → what the model goes on with instead: same shape, dtype and device."""

ModuleChange = Callable[[Tensor, Tensor], Tensor]
"""What a module reads, and gives → what it is to give instead."""


Opened = Mapping[Scope, Bool[Tensor, " position"]]
"""Of one row in one pass, where the gates that the pass has come to were open, by their scopes."""


class Changes(NamedTuple):
    """Of one pass; empty where nothing is in force."""

    sites: tuple[tuple[Site, Change], ...] = ()
    modules: tuple[tuple[str, ModuleChange], ...] = ()
    """By path in transformers' model."""

    opened: Sequence[Opened] = ()
    """Of each row; filled while the pass runs."""


_Opening = list[dict[Scope, Bool[Tensor, " position"]]]
"""`Opened` of each row, while the pass runs."""


def changes_of(rows: Sequence[Edits], positions: Int[Tensor, "row position"]) -> Changes:
    """What one pass must change.

    Args:
        positions: of each row's own text, counted from 0; anything below 0 in the padding, which nothing covers.
    """
    opened: _Opening = [{} for _ in rows]
    placed = [one for row in rows for one in row.placed]
    places = dict.fromkeys([*(one.gate.at for one in placed if one.gate), *(one.edit.at for one in placed)])
    sites = tuple((at, _site_change(at, rows, positions, opened)) for at in places if isinstance(at, Site))
    modules = tuple((at, _module_change(at, rows, positions, opened)) for at in places if isinstance(at, str))
    return Changes(sites, modules, opened)


def _site_change(at: Site, rows: Sequence[Edits], positions: Int[Tensor, "row position"], opened: _Opening) -> Change:
    change = _module_change(at, rows, positions, opened)
    gates = [{one.scope: one.gate for one in row.placed if one.gate and one.gate.at == at} for row in rows]

    def changed(value: Tensor) -> Tensor:
        for row, here in enumerate(gates):
            opened[row] |= {scope: gate.opens(value[row].float()) for scope, gate in here.items()}
        return change(value, value)

    return changed


def _module_change(
    at: At, rows: Sequence[Edits], positions: Int[Tensor, "row position"], opened: _Opening
) -> ModuleChange:
    here = [tuple(one for one in row.placed if one.edit.at == at) for row in rows]

    def change(given: Tensor, value: Tensor) -> Tensor:
        if not any(here):
            return value
        new = value.clone()
        for row, (edits, edited) in enumerate(zip(here, rows, strict=True)):
            if edits:
                own = positions[row].to(value.device)
                covered = [_covered(one, own, edited.written, opened[row]) for one in edits]
                _edit_row(new[row], given[row], [one.edit for one in edits], covered)
        return new

    return change


def _covered(
    one: Placed, positions: Int[Tensor, " position"], written: Written, opened: Mapping[Scope, Tensor]
) -> Bool[Tensor, " position"]:
    here = one.scope.covers(positions, written) & (positions >= 0)
    return here & opened[one.scope].to(here.device) if one.gate else here


def _edit_row(
    value: Float[Tensor, "position d_out"],
    given: Float[Tensor, "position d_in"],
    edits: Sequence[Edit],
    covered: Sequence[Bool[Tensor, " position"]],
) -> None:
    """In place."""
    x, given = value.float(), given.float()
    for edit, here in zip(edits, covered, strict=True):
        x = torch.where(here[:, None], edit.apply(x, given), x)
    changed = torch.stack(list(covered)).any(0)
    value[changed] = x[changed].to(value.dtype)
