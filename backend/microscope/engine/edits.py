"""Patches in a forward pass: every row of a batch carries its own, and none are merged into the weights.

A row without an edit keeps its bits, and so does a position that no edit covers: what is not changed is not written.
Edits are computed in float32 and rounded to the model's dtype once a place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import maxsize
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.edits import At
from microscope.core.sites import Site


class Edits(NamedTuple):
    """What is in force in one row."""

    placed: tuple[Placed, ...] = ()
    n_prompt: int = 0
    """Positions from this one on were generated."""

    name: str = ""
    """Edits of one name change every position alike, and so do all that change nothing, which have none."""

    set: str = ""
    """The set of patches that they are of, where it has a name."""

    def alike(self, other: Edits) -> bool:
        """The same positions have the same numbers under both; false where nobody knows."""
        if self is other:
            return True
        return self.name == other.name and not (self.nameless or other.nameless)

    @property
    def nameless(self) -> bool:
        """They change something, and nobody named it."""
        return bool(self.placed) and not self.name


NONE = Edits()


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

    def switched(self, position: int, edits: Edits) -> Schedule:
        """Other edits from a position on, whatever was to come."""
        before = tuple(one for one in self.stretches if one.start < position)
        return Schedule((*before, Stretch(position, edits)))

    def agreeing(self, other: Schedule) -> int:
        """Leading positions that both compute alike; `sys.maxsize` where all are."""
        starts = sorted({0, *(one.start for one in (*self.stretches, *other.stretches))})
        return next((start for start in starts if not self.at(start).alike(other.at(start))), maxsize)


UNCHANGED = Schedule()


def always(edits: Edits) -> Schedule:
    """In force at every position."""
    return Schedule((Stretch(0, edits),)) if edits.placed else UNCHANGED


Change = Callable[[Tensor], Tensor]
"""What passes a site → what the model goes on with instead: same shape, dtype and device."""

ModuleChange = Callable[[Tensor, Tensor], Tensor]
"""What a module reads, and gives → what it is to give instead."""


class Changes(NamedTuple):
    """Of one pass; empty where nothing is in force."""

    sites: tuple[tuple[Site, Change], ...] = ()
    modules: tuple[tuple[str, ModuleChange], ...] = ()
    """By path in transformers' model."""


def changes_of(rows: Sequence[Edits], positions: Int[Tensor, "row position"]) -> Changes:
    """What one pass must change.

    Args:
        positions: of each row's own text, counted from 0; anything below 0 in the padding, which nothing covers.
    """
    places = dict.fromkeys(one.edit.at for row in rows for one in row.placed)
    sites = tuple((at, _site_change(at, rows, positions)) for at in places if isinstance(at, Site))
    modules = tuple((at, _module_change(at, rows, positions)) for at in places if isinstance(at, str))
    return Changes(sites, modules)


def _site_change(at: Site, rows: Sequence[Edits], positions: Int[Tensor, "row position"]) -> Change:
    change = _module_change(at, rows, positions)
    return lambda value: change(value, value)


def _module_change(at: At, rows: Sequence[Edits], positions: Int[Tensor, "row position"]) -> ModuleChange:
    here = [tuple(one for one in row.placed if one.edit.at == at) for row in rows]

    def change(given: Tensor, value: Tensor) -> Tensor:
        new = value.clone()
        for row, (edits, edited) in enumerate(zip(here, rows, strict=True)):
            if edits:
                _edit_row(new[row], given[row], edits, positions[row].to(value.device), edited.n_prompt)
        return new

    return change


def _edit_row(
    value: Float[Tensor, "position d_out"],
    given: Float[Tensor, "position d_in"],
    edits: Sequence[Placed],
    positions: Int[Tensor, " position"],
    n_prompt: int,
) -> None:
    """In place."""
    x, given = value.float(), given.float()
    covered = torch.zeros_like(positions, dtype=torch.bool)
    for edit, scope in edits:
        here = scope.covers(positions, n_prompt) & (positions >= 0)
        x = torch.where(here[:, None], edit.apply(x, given), x)
        covered |= here
    value[covered] = x[covered].to(value.dtype)
