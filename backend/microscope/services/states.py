"""What is computed of a text, and bringing it to what a reader or a turn needs.

`kept` costs no forward pass; `step` computed one position; `rebuilt` made an evicted state again, by the passes that
had made it where those are known. Readers are `held` around everything here, and turns lock and pin the same: they
follow each other, and what they use stays in memory.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, NamedTuple

from microscope.engine.device import Priority
from microscope.engine.edits import UNCHANGED, Schedule
from microscope.engine.state import Recipe, State, common_prefix, prefill, rebuild
from microscope.lab import Lab, Loaded

Computed = Literal["kept", "step", "rebuilt"]
_COST: Mapping[Computed, int] = {"kept": 0, "step": 1, "rebuilt": 2}


class Source(NamedTuple):
    """A text that can be read."""

    key: str
    """Of its state."""

    loaded: Loaded
    ids: Sequence[int]
    recipe: Recipe
    """How it was computed, as far as the text alone says: a server that has been started again knows no more."""

    schedule: Schedule = UNCHANGED
    """Which patches are in force where."""


@asynccontextmanager
async def held(lab: Lab, source: Source) -> AsyncGenerator[None]:
    """Nobody else makes the text's state grow, and neither it nor its model leaves memory.

    Enter it before the next await after the model was found in memory: it may be gone after that.
    """
    with lab.models.pinned(source.loaded.slug), lab.states.pinned(source.key):
        async with lab.lock(source.key):
            yield


@contextmanager
def passing(lab: Lab, state: State) -> Generator[State]:
    """With a state that nobody keeps: one of the streams that there may be at once; its bytes count until it is done.

    Pin the model.

    Raises:
        Busy: over `max_streams`.
    """
    key = f"passing:{secrets.token_hex(8)}"
    lab.begin_turn()
    try:
        with lab.states.pinned(key):
            lab.keep_state(key, state)
            yield state
    finally:
        lab.states.drop(key)
        lab.end_turn()


def known(lab: Lab, source: Source) -> int:
    """Leading positions whose state is in memory."""
    state = lab.states.get(source.key)
    if state is None or state.model is not source.loaded.model:
        return 0
    return min(common_prefix(state.ids, source.ids), state.schedule.agreeing(source.schedule))


def state_of(lab: Lab, source: Source) -> State:
    """The one in memory; a new one is empty until `remade` has run."""
    state = lab.states.get(source.key)
    if state is None or state.model is not source.loaded.model:
        state = State(source.loaded.model, source.schedule)
        lab.recipes.setdefault(source.key, source.recipe)
        lab.keep_state(source.key, state)
    return state


async def remade(lab: Lab, source: Source, state: State, priority: Priority) -> AsyncGenerator[None]:
    """Compute again what the state had been before it was evicted, as far as it agrees with the text; one forward pass
    between two yields. Leaving early is no harm: the next call goes on. Pin the state."""
    if source.key not in lab.recipes:
        return
    recipe = lab.recipes[source.key] = lab.recipes[source.key].agreeing(source.ids, source.schedule)
    async for _ in lab.device.stream(priority, rebuild(state, recipe)):
        lab.states.trim()
        yield
    del lab.recipes[source.key]


async def computed_to(lab: Lab, source: Source, upto: int) -> tuple[State, Computed]:
    """A state that has at least the first `upto` of the text's ids, and what that took. The text is `held`.

    Raises:
        Invalid, TooLarge: ids that the model cannot read.
    """
    have = known(lab, source)
    state = state_of(lab, source)
    if have >= upto:
        return state, "kept"
    one_more = have == len(state) == upto - 1 and have > 0 and source.key not in lab.recipes
    async for _ in remade(lab, source, state, Priority.CLICK):
        pass
    if known(lab, source) < upto:
        async for _ in lab.device.stream(Priority.CLICK, prefill(state, source.ids[:upto], schedule=source.schedule)):
            lab.states.trim()
    return state, "step" if one_more else "rebuilt"


def dearest(computed: Sequence[Computed]) -> Computed:
    """What several took together."""
    all: Sequence[Computed] = ("kept", *computed)
    return max(all, key=_COST.__getitem__)


async def branched(lab: Lab, source: Source, new_key: str, length: int) -> None:
    """Let another text begin with what is computed of the first `length` ids, or with how that had been computed.

    Pin the model.
    """
    ids = source.ids[:length]
    state, recipe = lab.states.get(source.key), lab.recipes.get(source.key)
    if recipe is not None:
        lab.recipes[new_key] = recipe.agreeing(ids, source.schedule)
    if state is not None and state.model is source.loaded.model:
        shared = common_prefix(state.ids, ids)
        with lab.states.pinned(source.key):
            lab.keep_state(new_key, await lab.device.do(Priority.CLICK, lambda: state.fork(shared)))
