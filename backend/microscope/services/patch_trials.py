"""What patches do to a text: the next token with and without them, beside pushes as hard in random directions."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple
from weakref import ReferenceType, ref

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.base import Placed
from microscope.core.patches.control import Watched, controls
from microscope.core.reconstruction import kl_divergence
from microscope.core.sites import Site
from microscope.engine.device import Priority
from microscope.engine.edits import Edits
from microscope.engine.generate import Request
from microscope.engine.model import Model
from microscope.engine.skipping import Entering
from microscope.engine.streams import Token
from microscope.errors import Invalid
from microscope.lab import Lab, Loaded
from microscope.services.given import given_ids
from microscope.services.limits import check_context, check_k
from microscope.services.patches import InForce, Patches
from microscope.services.states import passing
from microscope.wire.patches import ContinuePatched, PatchesContinued, PatchesTried, TriedToken, TryPatches


class _Run(NamedTuple):
    """One pass over the text."""

    last: Float[Tensor, "position d_model"]
    """resid_post of the last layer."""

    logits: Float[Tensor, " d_vocab"]
    """Of the next token, float32."""


class _Base(NamedTuple):
    """The model as it is over a text, and where its patched passes begin."""

    model: ReferenceType[Model]
    ids: tuple[int, ...]
    run: _Run
    entering: Entering | None
    """None where they begin with the embeddings."""

    def serves(self, model: Model, ids: Sequence[int], block: int) -> bool:
        return (
            self.model() is model and self.ids == tuple(ids) and (self.entering.block if self.entering else 0) == block
        )


class PatchTrials:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches) -> None:
        self._lab, self._patches = lab, patches
        self._base: _Base | None = None
        """Of the last text: a slider asks for the same one again and again."""

    async def try_(self, query: TryPatches) -> PatchesTried:
        """
        Raises:
            NotFound, Incompatible, Unsupported: a patch that is not here, or does not fit the model.
            Invalid: no text, or two; a strength at which the model computes what is no number.
            TooLarge: over `max_k`, or more text than the model reads.
        """
        check_k(self._lab.settings, query.k)
        async with self._opened(query) as (force, ids):
            n_prompt = len(ids) if query.n_prompt is None else query.n_prompt
            steps = self._runs(force.loaded.model, ids, force.placed, n_prompt, query.controls)
            runs = [run async for run in self._lab.device.stream(Priority.CLICK, steps)]
            return await self._lab.device.do(Priority.CLICK, lambda: _tried(query, force, ids, runs))

    async def continue_(self, query: ContinuePatched) -> PatchesContinued:
        """The three are streams like those of conversations, and share their steps.

        Raises:
            NotFound, Incompatible, Unsupported, Invalid, TooLarge: as `try_` says.
            Busy: over `max_streams`.
        """
        async with self._opened(query) as (force, ids):
            check_context(force.loaded.model.name, force.loaded.model.n_ctx, len(ids))
            sets = [(), force.placed, *controls(force.placed, 1)]
            base, patched, control = await self._all_said(force.loaded, sets, ids, query.n_tokens)
        return PatchesContinued(
            id=query.id, model=force.loaded.slug, ids=tuple(ids), base=base, patched=patched, control=control
        )

    @asynccontextmanager
    async def _opened(self, query: TryPatches | ContinuePatched) -> AsyncGenerator[tuple[InForce, list[int]]]:
        async with self._patches.in_force(query.members, query.model) as force:
            yield force, await given_ids(self._lab.settings, force.loaded.model, query.text, query.ids)

    @torch.no_grad()
    def _runs(
        self, model: Model, ids: list[int], placed: tuple[Placed, ...], n_prompt: int, n_controls: int
    ) -> Iterator[_Run]:
        """Without patches, with them, with each control; one pass between two yields."""
        block = model.first_block(placed) if placed else 0
        if self._base is None or not self._base.serves(model, ids, block):
            self._base = _base(model, ids, block)
        base = self._base
        yield base.run
        watched = Watched(placed)
        yield _patched(base, model, Edits(watched.placed, n_prompt))
        # What the patch changed in its own pass is known by now.
        for edits in watched.controls(n_controls):
            yield _patched(base, model, Edits(edits, n_prompt))

    async def _all_said(
        self, loaded: Loaded, sets: list[tuple[Placed, ...]], ids: list[int], most: int
    ) -> list[tuple[int, ...]]:
        """What is said under each set of edits; where one fails, none goes on."""
        try:
            async with asyncio.TaskGroup() as group:
                saying = [group.create_task(self._said(loaded, edits, ids, most)) for edits in sets]
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return [one.result() for one in saying]

    async def _said(self, loaded: Loaded, edits: tuple[Placed, ...], ids: list[int], most: int) -> tuple[int, ...]:
        request = Request(tuple(ids), max_new_tokens=most, end_ids=loaded.model.end_ids)
        with passing(self._lab, loaded, Edits(edits, len(ids))) as state:
            async with aclosing(loaded.streams.generate(state, request)) as events:
                return tuple([_number(event) async for event in events if isinstance(event, Token)])


@torch.no_grad()
def _base(model: Model, ids: list[int], block: int) -> _Base:
    """One whole pass without patches, which keeps what entered a block."""
    end = Site(model.n_layers - 1, "resid_post")
    sites = [Site(block - 1, "resid_post"), end] if block else [end]
    values = model.trace_rows(torch.tensor([ids], device=model.device), sites)
    entering = Entering(block, values[0]) if block else None
    return _Base(ref(model), tuple(ids), _run(model, values[-1, 0]), entering)


@torch.no_grad()
def _patched(base: _Base, model: Model, in_force: Edits) -> _Run:
    """One pass from the first block on that a patch may change, alone, so that it does not round by the company of
    others."""
    if not in_force.placed:
        return base.run
    row = torch.tensor([base.ids], device=model.device)
    end = Site(model.n_layers - 1, "resid_post")
    return _run(model, model.trace_rows(row, [end], edits=[in_force], entering=base.entering)[0, 0])


def _run(model: Model, last: Float[Tensor, "position d_model"]) -> _Run:
    return _Run(last, model.unembed(last[-1]).float())


@torch.no_grad()
def _tried(query: TryPatches, force: InForce, ids: list[int], runs: list[_Run]) -> PatchesTried:
    base, patched, *others = runs
    if not all(bool(run.logits.isfinite().all()) for run in runs):
        raise _no_number()
    k = min(query.k, len(base.logits))
    listed = torch.cat([patched.logits.topk(k).indices, base.logits.topk(k).indices]).unique()
    listed = listed[patched.logits[listed].argsort(descending=True, stable=True)]
    columns = torch.stack([run.logits.softmax(-1)[listed] for run in runs], dim=1).tolist()
    moved = (patched.last - base.last).float().norm(dim=-1) / base.last.float().norm(dim=-1)
    return PatchesTried(
        id=query.id,
        model=force.loaded.slug,
        ids=tuple(ids),
        patches=force.hashes,
        says=force.says,
        tokens=tuple(
            TriedToken(token_id=token, base=row[0], patched=row[1], controls=tuple(row[2:]))
            for token, row in zip(listed.tolist(), columns, strict=True)
        ),
        kl=_kl(base, patched),
        control_kl=tuple(_kl(base, run) for run in others),
        changed=tuple(moved.tolist()),
    )


def _number(token: Token) -> int:
    """
    Raises:
        Invalid: it was drawn from what is no number.
    """
    if not math.isfinite(token.logprob):
        raise _no_number()
    return token.token_id


def _no_number() -> Invalid:
    return Invalid("With this strength the model computes what is no number.", next="Choose a strength nearer to 0.")


def _kl(base: _Run, other: _Run) -> float:
    # Rounding may take it below 0 where nothing has changed.
    return max(0.0, float(kl_divergence(base.logits[None], other.logits[None])))
