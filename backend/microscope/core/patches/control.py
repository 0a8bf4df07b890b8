"""The control beside every patch: changes of the same length along random directions.

Of a pass over one text that the patch has run in, by what it changed there, position by position:

    x ← x ± ‖Δ‖ r        r a random unit vector, one for a seed and a width; the sign is that of Δ beside the first Δ

Of a text that goes on, where that is not known, by what the patch would change there:

    x ← x + ‖Δ(x)‖ r

What a patch does beyond what any push of its size would do is the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.matching import random_directions
from microscope.core.patches.base import Placed
from microscope.core.patches.edits import At, Edit


def controls(edits: Sequence[Placed], seeds: int, seed: int = 0) -> tuple[tuple[Placed, ...], ...]:
    """Of a text that goes on: one set of edits for each seed; the same direction at all of its places of one width."""
    units = _units(edits, seeds, seed)
    return tuple(
        tuple(one._replace(edit=_Matched(one.edit, units[one.edit.width][number])) for one in edits)
        for number in range(seeds)
    )


class _Matched(NamedTuple):
    """As long a change as that of another edit, along a direction that means nothing."""

    of: Edit
    unit: Float[Tensor, " d_out"]

    @property
    def at(self) -> At:
        return self.of.at

    @property
    def width(self) -> int:
        return self.of.width

    def apply(
        self, x: Float[Tensor, "position d_out"], given: Float[Tensor, "position d_in"]
    ) -> Float[Tensor, "position d_out"]:
        change = self.of.apply(x, given) - x
        return x + change.norm(dim=-1, keepdim=True) * self.unit.to(x.device)


class Watched:
    """A set of edits in one pass over one text; its controls once that has run.

    Ablating everywhere takes out at each place what was written since the one before: by what it would take out of a
    pass in which nothing was taken out yet, a control would push by the same again at every place.
    """

    def __init__(self, edits: Sequence[Placed]) -> None:
        self._own = tuple(edits)
        self.lengths: tuple[list[Tensor], ...] = tuple([] for _ in edits)
        """Of each edit, (position,) for each pass: how long its change is, below 0 where it points away from the first
        change of its width."""
        first: dict[int, Tensor] = {}
        self.placed = tuple(
            one._replace(edit=_Seen(one.edit, lengths, first)) for one, lengths in zip(edits, self.lengths, strict=True)
        )

    def controls(self, seeds: int, seed: int = 0) -> tuple[tuple[Placed, ...], ...]:
        """One set of edits for each seed, for the same text alone."""
        units = _units(self._own, seeds, seed)
        return tuple(
            tuple(
                one._replace(edit=_Pushed(one.edit.at, lengths[-1], units[one.edit.width][number]))
                for one, lengths in zip(self._own, self.lengths, strict=True)
            )
            for number in range(seeds)
        )


class _Seen(NamedTuple):
    """An edit, and how long what it changed is."""

    of: Edit
    lengths: list[Tensor]
    first: dict[int, Tensor]
    """The first change of each width, that the others are signed by: what cancels in a patch cancels in its control."""

    @property
    def at(self) -> At:
        return self.of.at

    @property
    def width(self) -> int:
        return self.of.width

    def apply(
        self, x: Float[Tensor, "position d_out"], given: Float[Tensor, "position d_in"]
    ) -> Float[Tensor, "position d_out"]:
        changed = self.of.apply(x, given)
        change = changed - x
        lengths = change.norm(dim=-1)
        if lengths.any():
            self.first.setdefault(self.width, change[lengths.argmax()])
        away = change @ self.first.get(self.width, change[0]) < 0
        self.lengths.append(torch.where(away, -lengths, lengths))
        return changed


class _Pushed(NamedTuple):
    """At each position so far along a direction."""

    at: At
    lengths: Float[Tensor, " position"]
    unit: Float[Tensor, " d_out"]

    @property
    def width(self) -> int:
        return len(self.unit)

    def apply(
        self,
        x: Float[Tensor, "position d_out"],
        given: Float[Tensor, "position d_in"],  # noqa: ARG002
    ) -> Float[Tensor, "position d_out"]:
        return x + self.lengths[:, None] * self.unit.to(x.device)


def _units(edits: Sequence[Placed], seeds: int, seed: int) -> dict[int, Float[Tensor, "seed d_out"]]:
    return {width: random_directions(seeds, width, seed) for width in {one.edit.width for one in edits}}
