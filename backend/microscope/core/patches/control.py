"""The control beside every patch: changes of the same length along random directions.

Of a pass over one text that the patch has run in, by what it changed there, position by position:

    x ← x ± ‖Δ‖ r        r a random unit vector, one for a seed and a width; the sign is that of Δ beside the first Δ

Of a text that goes on, by what it changed at the same place in the text that goes on with the patch. Where that is not
run first, by what the patch would change there, which at many places one behind the other adds up to more:

    x ← x + ‖Δ(x)‖ r

What a patch does beyond what any push of its size would do is the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from microscope.core.matching import random_directions
from microscope.core.patches.base import Member, Placed
from microscope.core.patches.edits import At, Edit, Gate
from microscope.core.patches.scope import Scope, Written
from microscope.core.sites import Site
from microscope.errors import Busy


def controls(edits: Sequence[Placed], seeds: int, seed: int = 0) -> tuple[tuple[Placed, ...], ...]:
    """Of a text that goes on, without a pass of the patch: one set of edits for each seed; the same direction at all of
    its places of one width."""
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
    """A set of edits over one text, in one pass or in several that go on from each other; then its controls.

    Ablating everywhere takes out at each place what was written since the one before: by what it would take out of a
    pass in which nothing was taken out yet, a control would push by the same again at every place.
    """

    def __init__(self, edits: Sequence[Placed]) -> None:
        self._own = tuple(edits)
        self.lengths: tuple[list[Tensor], ...] = tuple([] for _ in edits)
        """Of each edit, (position,) for each pass: how long its change is, below 0 where it points away from the first
        change of its width."""
        first: dict[int, Tensor] = {}
        self.opened: dict[Scope, list[Bool[Tensor, " position"]]] = {}
        """Where the gates of these scopes were open, for each pass."""
        gates = {one.scope: _Noted(one.gate, one.scope, self.opened) for one in edits if one.gate}
        self.placed = tuple(
            Placed(_Seen(one.edit, lengths, first), one.scope, gates.get(one.scope))
            for one, lengths in zip(edits, self.lengths, strict=True)
        )

    def acts(self, member: Member, n_positions: int, written: Written) -> tuple[tuple[int, int], ...]:
        """The stretches at whose positions a member of the set acted in the last pass: from one, to before another."""
        here = member.scope.covers(torch.arange(n_positions), written) & (member.strength != 0)
        if (opened := self.opened.get(member.scope)) is not None:
            here &= opened[-1].cpu()
        edges = [0, *(here[1:] != here[:-1]).nonzero()[:, 0].add(1).tolist(), n_positions]
        return tuple((start, end) for start, end in pairwise(edges) if here[start])

    def changed(self, n_positions: int, written: Written) -> bool:
        """Whether the last pass, which reached to the text's end, changed anything: an edit may act where there is
        nothing to change, or nowhere.
        """
        return any(
            bool((noted[-1].cpu() != 0)[self._here(one, len(noted[-1]), n_positions, written)].any())
            for one, noted in zip(self._own, self.lengths, strict=True)
            if noted
        )

    def _here(self, one: Placed, n: int, n_positions: int, written: Written) -> Bool[Tensor, " position"]:
        """Where it acted in the last pass, which had the last `n` positions of the text."""
        here = one.scope.covers(torch.arange(n_positions - n, n_positions), written)
        return here & self.opened[one.scope][-1].cpu() if one.gate else here

    def controls(self, seeds: int, seed: int = 0) -> tuple[tuple[Placed, ...], ...]:
        """One set of edits for each seed, for one pass over the same text; each acts where the patch did last."""
        units = _units(self._own, seeds, seed)
        gates = {one.scope: _Held(one.gate.at, _whole(self.opened[one.scope][-1])) for one in self._own if one.gate}
        return tuple(
            tuple(
                Placed(
                    _Pushed(one.edit.at, _whole(lengths[-1]), units[one.edit.width][number]),
                    one.scope,
                    gates.get(one.scope),
                )
                for one, lengths in zip(self._own, self.lengths, strict=True)
                if lengths
            )
            for number in range(seeds)
        )

    def going_on(self, seeds: int, n_positions: int, seed: int = 0) -> tuple[tuple[Placed, ...], ...]:
        """One set of edits for each seed: each for one text that is not longer, whose positions pass it in order. It
        pushes at each of them as hard as the patch did there.

        Args:
            n_positions: how many passed the patch; those before the first at which it may act need not.

        Raises:
            Busy: others did too, or some twice: whoever computes texts together tries again where one of them fails.
        """
        if any(sum(map(len, lengths)) != n_positions for lengths in self.lengths):
            raise Busy(
                "Another text failed in a step of this one, which was run again: what its controls are is not known.",
                next="Ask once more.",
            )
        units = _units(self._own, seeds, seed)

        def gate(one: Placed) -> _Held | None:
            return _Held(one.gate.at, _InOrder(self.opened[one.scope]).next) if one.gate else None

        # Edits of one scope may have one gate: each set has its own, whose positions are counted once.
        gates = [{one.scope: gate(one) for one in self._own} for _ in range(seeds)]
        return tuple(
            tuple(
                Placed(
                    _Pushed(one.edit.at, _InOrder(lengths).next, units[one.edit.width][number]),
                    one.scope,
                    gates[number][one.scope],
                )
                for one, lengths in zip(self._own, self.lengths, strict=True)
            )
            for number in range(seeds)
        )


def _whole(noted: Tensor) -> Callable[[int], Tensor]:
    """What was noted in a pass, for passes over the same positions."""
    return lambda _n: noted


class _InOrder:
    """What was noted position by position, given out again in the same order."""

    def __init__(self, noted: Sequence[Tensor]) -> None:
        # Of a text that ends where the patch would begin, nothing is.
        self._left = torch.cat([*noted]) if noted else torch.zeros(0)

    def next(self, n: int) -> Tensor:
        given, self._left = self._left[:n], self._left[n:]
        return given


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
    opened: dict[Scope, list[Tensor]]

    @property
    def at(self) -> Site:
        return self.of.at

    def opens(self, given: Float[Tensor, "position d_model"]) -> Bool[Tensor, " position"]:
        opens = self.of.opens(given)
        self.opened.setdefault(self.scope, []).append(opens)
        return opens


class _Held(NamedTuple):
    """Open where another was, whatever passes."""

    at: Site
    opened: Callable[[int], Bool[Tensor, " position"]]
    """At so many positions that a pass computes."""

    def opens(self, given: Float[Tensor, "position d_model"]) -> Bool[Tensor, " position"]:
        return self.opened(len(given))


class _Pushed(NamedTuple):
    """At each position so far along a direction."""

    at: At
    lengths: Callable[[int], Float[Tensor, " position"]]
    """At so many positions that a pass computes."""

    unit: Float[Tensor, " d_out"]

    @property
    def width(self) -> int:
        return len(self.unit)

    def apply(
        self,
        x: Float[Tensor, "position d_out"],
        given: Float[Tensor, "position d_in"],  # noqa: ARG002
    ) -> Float[Tensor, "position d_out"]:
        return x + self.lengths(len(x))[:, None] * self.unit.to(x.device)


def _units(edits: Sequence[Placed], seeds: int, seed: int) -> dict[int, Float[Tensor, "seed d_out"]]:
    return {width: random_directions(seeds, width, seed) for width in {one.edit.width for one in edits}}
