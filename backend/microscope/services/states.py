"""What is computed of a text, and bringing it to what a reader needs.

`kept` costs no forward pass; `step` computed one position; `rebuilt` made an evicted state again, by the passes that
had made it where those are known. Hold `lab.lock(key)` around everything here, so that turns and readers of one text
follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from microscope.engine.device import Priority
from microscope.engine.state import Recipe, State, common_prefix, prefill, rebuild
from microscope.lab import Lab, Loaded

Computed = Literal["kept", "step", "rebuilt"]


def known(lab: Lab, key: str, loaded: Loaded, ids: Sequence[int]) -> int:
    """Leading positions of `ids` whose state is in memory."""
    state = lab.states.get(key)
    return common_prefix(state.ids, ids) if state is not None and state.model is loaded.model else 0


def state_for_turn(lab: Lab, key: str, loaded: Loaded) -> State:
    """The state to generate with: the kept one, or a new one that the turn's prompt will fill."""
    state = lab.states.get(key)
    if state is None or state.model is not loaded.model:
        state = State(loaded.model)
        lab.states.put(key, state)
    lab.recipes.pop(key, None)
    return state


async def computed_to(lab: Lab, key: str, loaded: Loaded, ids: Sequence[int], upto: int) -> tuple[State, Computed]:
    """A state that holds at least the first `upto` of `ids`, and what that took.

    Raises:
        Invalid, TooLarge: ids that the model cannot read.
    """
    have = known(lab, key, loaded, ids)
    state = lab.states.get(key)
    if state is not None and have >= upto:
        return state, "kept"
    one_more = state is not None and have == len(state) == upto - 1 and have > 0
    made = state
    async for made in lab.device.stream(Priority.CLICK, _made(loaded, state, ids[:upto], lab.recipes.get(key))):
        lab.states.put(key, made)
    assert made is not None, "making a state yields it"
    lab.recipes.pop(key, None)
    return made, "step" if one_more else "rebuilt"


def _made(loaded: Loaded, kept: State | None, ids: Sequence[int], recipe: Recipe | None) -> Iterator[State]:
    """One forward pass between two yields. A kept state grows; an evicted one is made as its recipe says."""
    state = kept if kept is not None and kept.model is loaded.model else State(loaded.model)
    if not state.ids and recipe is not None and common_prefix(recipe.ids, ids) == min(len(recipe.ids), len(ids)):
        for state in rebuild(loaded.model, recipe):
            yield state
    if len(state) < len(ids):
        for _ in prefill(state, ids):
            yield state


async def forked(lab: Lab, key: str, loaded: Loaded, ids: Sequence[int], length: int) -> State | None:
    """A copy of what a kept state has of the first `length` of `ids`; None where it has nothing of them."""
    state = lab.states.get(key)
    if state is None or state.model is not loaded.model:
        return None
    fork = await lab.device.do(Priority.CLICK, lambda: state.fork(min(common_prefix(state.ids, ids), length)))
    return fork if len(fork) else None
