"""A text without patches, which is kept; and with them, computed only from the block and the position on that they may
change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.sites import Site
from microscope.engine.device import Priority
from microscope.engine.edits import UNCHANGED, Edits
from microscope.engine.model import Model
from microscope.engine.reach import reach
from microscope.engine.state import State, common_prefix, prefill
from microscope.lab import Lab, Loaded

KEPT = 4
"""Texts whose pass without patches stays, while there is room: a slider asks for the same one again and again."""


class Run(NamedTuple):
    """One pass over the text."""

    last: Float[Tensor, "position d_model"]
    """resid_post of the last layer."""

    logits: Float[Tensor, " d_vocab"]
    """Of the next token, float32."""

    stream: Float[Tensor, "row d_model"] | None
    """What a lens reads at the last position, from what enters the first block on; None where nobody asked."""


class Base(NamedTuple):
    """The model as it is over a text."""

    state: State
    """Nobody changes it."""

    run: Run


class Bases:
    """Passes without patches. Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._kept: OrderedDict[str, None] = OrderedDict()
        """Keys of their states, the newest last."""

        self._logits: WeakKeyDictionary[State, Float[Tensor, " d_vocab"]] = WeakKeyDictionary()

    @asynccontextmanager
    async def of(self, loaded: Loaded, ids: Sequence[int]) -> AsyncGenerator[Base]:
        """Of a text: what a conversation or a trace has computed of it, or another text that begins alike, is not
        computed again. It stays in memory until it is let go.

        Pin the model.

        Raises:
            Invalid, TooLarge: ids that the model cannot read.
        """
        key = f"tried:{loaded.slug}:{sha256(repr(tuple(ids)).encode()).hexdigest()}"
        with self._lab.states.pinned(key):
            async with self._lab.lock(key):
                state = await self._whole(key, loaded.model, ids)
                self._keep(key)
            yield await self._lab.device.do(Priority.CLICK, lambda: self._base(state))

    async def _whole(self, key: str, model: Model, ids: Sequence[int]) -> State:
        state = self._lab.states.get(key)
        if state is None or state.model is not model:
            self._forget(key)
            known = [one for other in self._lab.states if (one := self._lab.states.get(other)) and one.model is model]
            state = await self._lab.device.do(Priority.CLICK, lambda: _begun(model, known, ids))
            self._lab.keep_state(key, state)
        if len(state) < len(ids):
            async for _ in self._lab.device.stream(Priority.CLICK, prefill(state, ids)):
                self._lab.states.trim()
        return state

    @torch.no_grad()
    def _base(self, state: State) -> Base:
        """On the device's thread."""
        last = state.resid[-1]
        if state not in self._logits:
            self._logits[state] = _logits(state.model, last)
        return Base(state, Run(last, self._logits[state], state.resid[:, -1]))

    def _keep(self, key: str) -> None:
        self._kept[key] = None
        self._kept.move_to_end(key)
        for other in list(self._kept):
            if other not in self._lab.states or len(self._kept) > KEPT:
                self._forget(other)

    def _forget(self, key: str) -> None:
        self._kept.pop(key, None)
        self._lab.forget_state(key)


@torch.no_grad()
def _begun(model: Model, known: Sequence[State], ids: Sequence[int]) -> State:
    """A state of its own of as many of the ids as one of these has computed without patches."""

    def shared(state: State) -> int:
        return min(common_prefix(state.ids, ids), state.schedule.agreeing(UNCHANGED))

    longest = max(known, key=shared, default=None)
    if longest is None:
        return State(model)
    begun = longest.fork(shared(longest))
    begun.follow(UNCHANGED)
    return begun


@torch.no_grad()
def patched_run(base: Base, edits: Edits, *, layers: bool) -> Run:
    """One pass alone, so that it does not round by the company of others; the base's own where nothing is changed."""
    state = base.state
    reached = reach(state.model, edits, len(state))
    if reached is None:
        return base.run
    row = torch.tensor([state.ids[reached.position :]], device=state.model.device)
    sites = _sites(state.model, reached.block, layers=layers)
    values = state.model.trace_rows(row, sites, edits=[reached.edits], entering=reached.entering(state))[:, 0]
    last = torch.cat([base.run.last[: reached.position], values[-1]])
    stream = torch.cat([state.resid[: reached.block, -1], values[:, -1]]) if layers else None
    return Run(last, _logits(state.model, last), stream)


def _sites(model: Model, block: int, *, layers: bool) -> list[Site]:
    """Where a pass that begins at a block is read: at its end, or at what enters the block too and after each one."""
    end = Site(model.n_layers - 1, "resid_post")
    if not layers:
        return [end]
    entered = Site(block - 1, "resid_post") if block else Site(0, "resid_pre")
    return [entered, *(Site(layer, "resid_post") for layer in range(block, model.n_layers))]


def _logits(model: Model, last: Float[Tensor, "position d_model"]) -> Float[Tensor, " d_vocab"]:
    return model.unembed(last[-1]).float()
