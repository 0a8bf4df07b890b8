"""What is kept on the device of a token sequence: KV cache and the residuals of every layer at every position.

A state is valid only for (model, token ids, which patches were in force where). It grows by forward passes, is cropped
and forked to branch, and remembers the sequence of passes that made it, since the same shapes rebuild the same bits.
Residuals stay in the dtype in which the model computed them: halving float32 would move last-layer logits by 4e-3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from microscope.core.patches.scope import Scope
from microscope.engine.cache import KVCache, grown
from microscope.engine.edits import UNCHANGED, Edits, Opened, Schedule
from microscope.engine.model import Model
from microscope.errors import TooLarge

PREFILL_CHUNK = 512
"""Positions of one forward pass over a prompt, so that a click waits for one chunk and not for the prompt."""


class Pass(NamedTuple):
    """One forward pass that a state went through."""

    length: int
    """Positions of it that are still here."""

    exact: bool
    """Computed alone, and all of it still here: running it again gives the same bits."""

    original: bool = True
    """In every bit what was computed first; False where other passes than the first ones made it again."""


class Recipe(NamedTuple):
    """All that is needed to make a state again."""

    ids: tuple[int, ...]
    passes: tuple[Pass, ...]
    """Of the leading ids; nobody knows how the others were computed."""

    schedule: Schedule = UNCHANGED
    """What was in force."""

    @property
    def exact(self) -> bool:
        """The same bits come out again."""
        return all(step.exact for step in self.passes) and sum(step.length for step in self.passes) == len(self.ids)

    def agreeing(self, ids: Sequence[int], schedule: Schedule) -> Recipe:
        """The part that makes the beginning of these ids under this schedule."""
        length = min(common_prefix(self.ids, ids), self.schedule.agreeing(schedule))
        return Recipe(self.ids[:length], tuple(_cropped(self.passes, length)), schedule)


class Prefilled(NamedTuple):
    """A prompt is being read: `done` of `of` positions, the first `reused` of them from before."""

    done: int
    of: int
    reused: int


class State:
    """Belongs to the device thread, like everything with a tensor."""

    def __init__(self, model: Model, schedule: Schedule = UNCHANGED) -> None:
        self.model = model
        self.schedule = schedule
        """What was in force where, and will be."""

        self.ids: list[int] = []
        """Tokens whose forward pass has run; a token that was only sampled is not here yet."""

        self.passes: list[Pass] = []
        self.settle: Callable[[], None] | None = None
        """Set while a batch holds the newest keys and values of this state: brings them back."""

        self.joint_bytes: Callable[[], int] = int
        """This state's share of the cache that a batch holds beside its own; 0 while no batch decodes it."""

        self._cache = model.new_cache()
        self._kept: Float[Tensor, "capacity part d_model"] = torch.empty(
            0, len(model.parts), model.d_model, dtype=model.dtype, device=model.device
        )
        self._logits: Float[Tensor, " d_vocab"] | None = None
        self._opened: list[Opened] = []
        """Of each pass."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def edits(self) -> Edits:
        """In force in the next pass."""
        return self.schedule.at(len(self.ids))

    @property
    def n_bytes(self) -> int:
        """Held on the device, spare capacity and the share of a batch included."""
        return self._cache.n_bytes + self._kept.nbytes + self.joint_bytes()

    @property
    def recipe(self) -> Recipe:
        return Recipe(tuple(self.ids), tuple(self.passes), self.schedule)

    def original(self, start: int, end: int) -> bool:
        """Whether what is kept of these positions is, in every bit, what was computed first."""
        ends = accumulate(step.length for step in self.passes)
        touched = (
            step for step, last in zip(self.passes, ends, strict=True) if start < last and last - step.length < end
        )
        return all(step.original for step in touched)

    # --- reading ------------------------------------------------------------------------------------------------

    @property
    def resid(self) -> Float[Tensor, "row position d_model"]:
        """Row 0 enters the first block, row i + 1 is `L{i}.resid_post`. A view: it is written over after a crop."""
        return self._rows(0, self.model.n_layers + 1)

    @property
    def attn_out(self) -> Float[Tensor, "layer position d_model"]:
        return self._rows(self.model.n_layers + 1, 2 * self.model.n_layers + 1)

    @property
    def mlp_out(self) -> Float[Tensor, "layer position d_model"]:
        return self._rows(2 * self.model.n_layers + 1, 3 * self.model.n_layers + 1)

    def _rows(self, start: int, end: int) -> Float[Tensor, "row position d_model"]:
        return self._kept[: len(self.ids), start:end].transpose(0, 1)

    def logits(self) -> Float[Tensor, " d_vocab"]:
        """The model's own, in float32, for the token after the last one here.

        After a crop they are unembedded from the kept residual, without a forward pass; a model that failed parity
        computes its last position again instead.
        """
        assert self.ids, "an empty state predicts nothing"
        if self._logits is None and not self.model.info.parity.ok:
            last = self.ids[-1]
            self.crop(len(self.ids) - 1)
            self.extend([last])
        if self._logits is None:
            # One row of one position, as in the pass that computed it: other shapes may round differently.
            self._logits = self.model.unembed(self.resid[-1:, -1:])[0, 0]
        return self._logits

    def opened(self, scope: Scope) -> Bool[Tensor, " position"]:
        """Where the gate of a scope was open in the passes that computed these positions; shut where it was not in
        force."""
        found = torch.zeros(len(self.ids), dtype=torch.bool)
        start = 0
        for step, gates in zip(self.passes, self._opened, strict=True):
            if scope in gates:
                found[start : start + step.length] = gates[scope].cpu()
            start += step.length
        return found

    # --- growing ------------------------------------------------------------------------------------------------

    @property
    def cache(self) -> KVCache:
        """Keys and values of all of `ids`."""
        if self.settle is not None:
            self.settle()
        assert self._cache.length == len(self.ids), f"{self._cache.length} cached positions for {len(self.ids)} ids"
        return self._cache

    def extend(self, ids: Sequence[int], *, head: bool = True) -> None:
        """One forward pass over new tokens. If it fails, the state is what it was.

        Args:
            head: compute the model's logits in this pass; `logits` unembeds the kept residual otherwise.

        Raises:
            TooLarge: past the model's last position.
        """
        if len(self.ids) + len(ids) > self.model.n_ctx:
            raise TooLarge(
                f"{len(self.ids)} tokens and {len(ids)} more do not fit into n_ctx={self.model.n_ctx}.",
                next="Start a new conversation, or branch from an earlier token.",
            )
        assert len(self.ids) + len(ids) <= self.schedule.end(len(self.ids)), "a pass has one set of edits"
        cache = self.cache
        try:
            done = self.model.forward(
                torch.tensor([list(ids)], device=self.model.device),
                cache,
                logits="last" if head else "none",
                edits=[self.edits],
            )
        except BaseException:
            cache.shorten(len(self.ids))
            raise
        logits = None if done.logits is None else done.logits[0, -1]
        self.accept(ids, done.stacked[:, 0], logits, done.opened[0], exact=True)

    def accept(
        self,
        ids: Sequence[int],
        stacked: Float[Tensor, "part position d_model"],
        logits: Float[Tensor, " d_vocab"] | None,
        opened: Opened,
        *,
        exact: bool,
    ) -> None:
        """Keep what a forward pass computed for these ids, whose keys and values are in the cache or in a batch.

        Args:
            logits: of the last position; None where the pass left the head out.
            opened: where the gates of its patches were open.
            exact: computed alone, so that the same pass gives the same bits again.
        """
        start, end = len(self.ids), len(self.ids) + len(ids)
        self._kept = grown(self._kept, start, end, dim=0)
        self._kept[start:end] = stacked.transpose(0, 1)
        self.ids += ids
        self.passes.append(Pass(len(ids), exact))
        self._opened.append(opened)
        self._logits = None if logits is None else logits.float()

    def take(self, joint: KVCache, row: int, padding: int) -> None:
        """Copy from one row of a joint cache what this state's own cache lacks; the row begins with padding."""
        self._cache.append(joint, row, padding + self._cache.length, padding + len(self.ids))

    def switch(self, edits: Edits) -> None:
        """Other edits from the next position on; what is computed stays."""
        self.schedule = self.schedule.switched(len(self.ids), edits)

    # --- branching ----------------------------------------------------------------------------------------------

    def crop(self, length: int) -> None:
        """Keep the first `length` positions."""
        assert self.settle is None, "a state is cropped only while no batch decodes it"
        assert 0 <= length <= len(self.ids), f"cannot crop {len(self.ids)} positions to {length}"
        if length == len(self.ids):
            return
        self._cache.shorten(length)
        del self.ids[length:]
        self.passes = _cropped(self.passes, length)
        self._opened = _opened_in(self.passes, self._opened)
        self._logits = None

    def follow(self, schedule: Schedule) -> None:
        """Keep what would be computed alike under this schedule, which is in force from now on."""
        self.crop(min(len(self.ids), self.schedule.agreeing(schedule)))
        self.schedule = schedule

    def under(self, schedule: Schedule) -> State:
        """A second state with copies of what would be computed alike under this schedule, which is in force there."""
        other = self.fork(min(len(self.ids), self.schedule.agreeing(schedule)))
        other.schedule = schedule
        return other

    def fork(self, length: int) -> State:
        """A second state with copies of the first `length` positions; this one stays as it is."""
        assert 0 <= length <= len(self.ids), f"cannot fork {len(self.ids)} positions at {length}"
        other = State(self.model, self.schedule)
        other.ids = self.ids[:length]
        other.passes = _cropped(self.passes, length)
        other._opened = _opened_in(other.passes, self._opened)
        other._cache = self.cache.copy(length)
        other._kept = self._kept[:length].clone()
        other._logits = self._logits if length == len(self.ids) else None
        return other


def _cropped(passes: Sequence[Pass], length: int) -> list[Pass]:
    """The passes of the first `length` positions; one that is cut is no longer exact."""
    kept: list[Pass] = []
    left = length
    for step in passes:
        if left <= 0:
            break
        kept.append(step if step.length <= left else step._replace(length=left, exact=False))
        left -= step.length
    return kept


def _opened_in(passes: Sequence[Pass], opened: Sequence[Opened]) -> list[Opened]:
    """What is left of it where passes were cropped."""
    return [
        {scope: here[: step.length] for scope, here in gates.items()}
        for step, gates in zip(passes, opened, strict=False)
    ]


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the longest common prefix."""
    return next((index for index, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def prefill(
    state: State, ids: Sequence[int], chunk: int = PREFILL_CHUNK, schedule: Schedule | None = None
) -> Iterator[Prefilled]:
    """Bring a state to these ids, reusing what it has of them; one forward pass between two yields.

    Args:
        schedule: what is to be in force; the state's own by default.

    Raises:
        Invalid, TooLarge: ids that the model cannot read.
    """
    state.model.check_ids(ids)
    if schedule is not None:
        state.follow(schedule)
    reused = common_prefix(state.ids, ids)
    state.crop(reused)
    yield Prefilled(reused, len(ids), reused)
    while len(state) < len(ids):
        state.extend(_next(state, ids, chunk))
        yield Prefilled(len(state), len(ids), reused)


def _next(state: State, ids: Sequence[int], chunk: int) -> Sequence[int]:
    """What one pass may compute of what is missing."""
    start = len(state)
    return ids[start : min(start + chunk, state.schedule.end(start))]


def in_chunks(ids: Sequence[int], chunk: int = PREFILL_CHUNK, schedule: Schedule = UNCHANGED) -> Recipe:
    """What `prefill` does to an empty state."""
    lengths: list[int] = []
    while (start := sum(lengths)) < len(ids):
        lengths.append(min(chunk, len(ids) - start, schedule.end(start) - start))
    return Recipe(tuple(ids), tuple(Pass(length, exact=True) for length in lengths), schedule)


def rebuild(state: State, recipe: Recipe, chunk: int = PREFILL_CHUNK) -> Iterator[Prefilled]:
    """Bring an empty state to what an evicted one was, or go on where that was broken off; one pass before each yield.

    The passes that computed it are run again in the same shapes, which gives the same bits. From the first one on that
    cannot be run again (it had company, was cut by a branch or by what is in force now, or is not known), the rest is
    read in chunks: equal within the dtype's tolerance, and not `original`.

    Raises:
        Invalid, TooLarge: ids that the model cannot read.
    """
    if recipe.ids:
        state.model.check_ids(recipe.ids)
    state.follow(recipe.schedule)
    same = tuple(takewhile(lambda step: step.exact, recipe.passes))
    for step in same[len(state.passes) :]:
        if len(state) + step.length > state.schedule.end(len(state)):
            break
        state.extend(recipe.ids[len(state) : len(state) + step.length])
        state.passes[-1] = step
        yield Prefilled(len(state), len(recipe.ids), 0)
    while len(state) < len(recipe.ids):
        state.extend(_next(state, recipe.ids, chunk))
        state.passes[-1] = state.passes[-1]._replace(original=False)
        yield Prefilled(len(state), len(recipe.ids), 0)
