"""The control beside every patch: changes of the same length along random directions.

Of a pass over one text that the patch has run in, by what it changed there, position by position:

    x ← x ± ‖Δ‖ r        r a random unit vector, one for a seed and a width; the sign is that of Δ beside the first Δ

Of a text that goes on, where that is not known, by what the patch would change there:

    x ← x + ‖Δ(x)‖ r

What a patch does beyond what any push of its size would do is the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from microscope.core.matching import random_directions
from microscope.core.patches.base import Member, Placed
from microscope.core.patches.edits import At, Edit, Gate
from microscope.core.patches.scope import Scope
from microscope.core.sites import Site


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
        self.opened: dict[Scope, Bool[Tensor, " position"]] = {}
        """Where the gates of these scopes were open in the last pass."""
        gates = {one.scope: _Noted(one.gate, one.scope, self.opened) for one in edits if one.gate}
        self.placed = tuple(
            Placed(_Seen(one.edit, lengths, first), one.scope, gates.get(one.scope))
            for one, lengths in zip(edits, self.lengths, strict=True)
        )

    def acts(self, member: Member, n_positions: int, n_prompt: int) -> tuple[tuple[int, int], ...]:
        """The stretches at whose positions a member of the set acted in the last pass: from one, to before another."""
        here = member.scope.covers(torch.arange(n_positions), n_prompt) & (member.strength != 0)
        if (opened := self.opened.get(member.scope)) is not None:
            here &= opened.cpu()
        edges = [0, *(here[1:] != here[:-1]).nonzero()[:, 0].add(1).tolist(), n_positions]
        return tuple((start, end) for start, end in pairwise(edges) if here[start])

    def controls(self, seeds: int, seed: int = 0) -> tuple[tuple[Placed, ...], ...]:
        """One set of edits for each seed, for the same text alone; each acts where the patch did."""
        units = _units(self._own, seeds, seed)
        gates = {one.scope: _Held(one.gate.at, self.opened[one.scope]) for one in self._own if one.gate}
        return tuple(
            tuple(
                Placed(
                    _Pushed(one.edit.at, lengths[-1], units[one.edit.width][number]), one.scope, gates.get(one.scope)
                )
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


class _Noted(NamedTuple):
    """A gate, and where it was open."""

    of: Gate
    scope: Scope
    opened: dict[Scope, Tensor]

    @property
    def at(self) -> Site:
        return self.of.at

    def opens(self, given: Float[Tensor, "position d_model"]) -> Bool[Tensor, " position"]:
        self.opened[self.scope] = self.of.opens(given)
        return self.opened[self.scope]


class _Held(NamedTuple):
    """Open where another was, whatever passes."""

    at: Site
    opened: Bool[Tensor, " position"]

    def opens(self, given: Float[Tensor, "position d_model"]) -> Bool[Tensor, " position"]:  # noqa: ARG002
        return self.opened


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
