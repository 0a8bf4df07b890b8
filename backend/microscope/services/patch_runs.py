"""A text without patches, which is kept; and with them, computed only from the block and the position on that they may
change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterator, Sequence
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

AT_ONCE = 2048
"""Tokens of the passes of controls that are run together: of a short text on a small model one pass is mostly what any
pass takes; of a long one the residuals of several would take memory."""


class Run(NamedTuple):
    """One pass over the text."""

    logits: Float[Tensor, " d_vocab"]
    """Of the next token, float32."""

    last: Float[Tensor, "position d_model"] | None
    """resid_post of the last layer; None where nobody asked."""

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
            self._logits[state] = _logits(state.model, last[-1:])[0]
        return Base(state, Run(self._logits[state], last, state.resid[:, -1]))

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


def patched_run(base: Base, edits: Edits, *, layers: bool = False, everywhere: bool = False) -> Run:
    """One pass alone, so that it does not round by the company of others; the base's own where nothing is changed.

    Args:
        layers: every layer is read at the last position.
        everywhere: the last one is read at every position, which takes the rest of its block.
    """
    return _rows(base, [edits], layers=layers, everywhere=everywhere)[0]


def control_runs(base: Base, controls: Sequence[Edits], *, layers: bool) -> Iterator[list[Run]]:
    """With the controls of one set, none of which is looked at alone: as many in one pass as `AT_ONCE` says."""
    at_once = max(1, AT_ONCE // len(base.state))
    for start in range(0, len(controls), at_once):
        yield _rows(base, controls[start : start + at_once], layers=layers, everywhere=False)


@torch.no_grad()
def _rows(base: Base, several: Sequence[Edits], *, layers: bool, everywhere: bool) -> list[Run]:
    """One pass over the text under each of some edits that act at the same places and positions."""
    state, n = base.state, len(several)
    reached = [one for edits in several if (one := reach(state.model, edits, len(state)))]
    if not reached:
        return [base.run] * n
    _, block, position = reached[0]
    ids = torch.tensor([state.ids[position:]], device=state.model.device).expand(n, -1)
    sites = _sites(state.model, block, layers=layers)
    edits, entering = [one.edits for one in reached], reached[0].entering(state)
    values = state.model.trace_rows(ids, sites, edits=edits, entering=entering, last_alone=not everywhere)
    logits = _logits(state.model, values[-1, :, -1])
    lasts = [torch.cat([state.resid[-1, :position], one]) if everywhere else None for one in values[-1]]
    below = state.resid[:block, -1]
    streams = [torch.cat([below, one]) if layers else None for one in values[:, :, -1].unbind(1)]
    return [Run(*one) for one in zip(logits, lasts, streams, strict=True)]


def _sites(model: Model, block: int, *, layers: bool) -> list[Site]:
    """Where a pass that begins at a block is read: at its end, or at what enters the block too and after each one."""
    end = Site(model.n_layers - 1, "resid_post")
    if not layers:
        return [end]
    entered = Site(block - 1, "resid_post") if block else Site(0, "resid_pre")
    return [entered, *(Site(layer, "resid_post") for layer in range(block, model.n_layers))]


def _logits(model: Model, last: Float[Tensor, "row d_model"]) -> Float[Tensor, "row d_vocab"]:
    return model.unembed(last).float()
