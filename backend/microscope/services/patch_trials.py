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

from microscope.core.lens import Followed, TunedLens, follow
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Placed
from microscope.core.patches.control import Watched, controls
from microscope.core.patches.direction import share_along, unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
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
from microscope.services.reading import layer_names
from microscope.services.states import passing
from microscope.wire.patch_trials import (
    ContinuePatched,
    LayerSays,
    LeftAlong,
    PatchesContinued,
    PatchesTried,
    TriedLayer,
    TriedToken,
    TryPatches,
)


class _Run(NamedTuple):
    """One pass over the text."""

    last: Float[Tensor, "position d_model"]
    """resid_post of the last layer."""

    logits: Float[Tensor, " d_vocab"]
    """Of the next token, float32."""

    stream: Float[Tensor, "row d_model"] | None = None
    """What a lens reads at the last position, from what enters the first block on; None where nobody asked."""


class _Base(NamedTuple):
    """The model as it is over a text, and where its patched passes begin."""

    model: ReferenceType[Model]
    ids: tuple[int, ...]
    run: _Run
    entering: Entering | None
    """None where they begin with the embeddings."""

    def serves(self, model: Model, ids: Sequence[int], block: int, *, layers: bool) -> bool:
        begins = self.entering.block if self.entering else 0
        known = self.run.stream is not None or not layers
        return self.model() is model and self.ids == tuple(ids) and begins == block and known


class _Asked(NamedTuple):
    """What is run over a text."""

    ids: list[int]
    n_prompt: int
    watched: Watched
    """The patches."""

    against: tuple[Placed, ...] | None
    """Another set; None where there is none."""

    controls: int
    layers: bool
    """Every layer is read at the last position."""


class _Runs(NamedTuple):
    """What came of it."""

    base: _Run
    patched: _Run
    other: _Run | None
    controls: list[_Run]

    @property
    def sets(self) -> list[_Run]:
        """Without the controls."""
        return [self.base, self.patched, *([self.other] if self.other else [])]


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
        async with self._opened(query) as (force, against, ids):
            n_prompt = len(ids) if query.n_prompt is None else query.n_prompt
            lens = await self._lab.lens(force.loaded, query.lens) if query.lens else None
            asked = _Asked(ids, n_prompt, Watched(force.placed), against, query.controls, query.lens is not None)
            steps = self._runs(force.loaded.model, asked)
            base, patched, *rest = [run async for run in self._lab.device.stream(Priority.CLICK, steps)]
            runs = _Runs(base, patched, None if against is None else rest.pop(0), rest)
            return await self._lab.device.do(Priority.CLICK, lambda: _tried(query, force, asked, runs, lens))

    async def continue_(self, query: ContinuePatched) -> PatchesContinued:
        """The three are streams like those of conversations, and share their steps.

        Raises:
            NotFound, Incompatible, Unsupported, Invalid, TooLarge: as `try_` says.
            Busy: over `max_streams`.
        """
        async with self._opened(query) as (force, against, ids):
            check_context(force.loaded.model.name, force.loaded.model.n_ctx, len(ids))
            n_prompt = len(ids) if query.n_prompt is None else query.n_prompt
            sets = [(), force.placed, *controls(force.placed, 1), *([] if against is None else [against])]
            starts = [Edits(placed, n_prompt) for placed in sets]
            base, patched, control, *other = await self._all_said(force.loaded, starts, ids, query.n_tokens)
        return PatchesContinued(
            id=query.id,
            model=force.loaded.slug,
            ids=tuple(ids),
            base=base,
            patched=patched,
            control=control,
            other=next(iter(other), None),
        )

    @asynccontextmanager
    async def _opened(
        self, query: TryPatches | ContinuePatched
    ) -> AsyncGenerator[tuple[InForce, tuple[Placed, ...] | None, list[int]]]:
        """The patches, what they are tried against, the text."""
        async with self._patches.in_force(query.members, query.model) as force:
            against = None
            if query.against:
                async with self._patches.in_force(query.against, force.loaded.slug) as other:
                    against = other.placed
            yield force, against, await given_ids(self._lab.settings, force.loaded.model, query.text, query.ids)

    @torch.no_grad()
    def _runs(self, model: Model, asked: _Asked) -> Iterator[_Run]:
        """Without patches, with them, with those of the other set, with each control; one pass between two yields."""
        acting = (*asked.watched.placed, *(asked.against or ()))
        base = self._kept_base(model, asked.ids, acting, layers=asked.layers)
        yield base.run
        yield _patched(base, model, Edits(asked.watched.placed, asked.n_prompt), layers=asked.layers)
        if asked.against is not None:
            yield _patched(base, model, Edits(asked.against, asked.n_prompt), layers=asked.layers)
        # What the patch changed in its own pass is known by now.
        for edits in asked.watched.controls(asked.controls):
            yield _patched(base, model, Edits(edits, asked.n_prompt), layers=False)

    @torch.no_grad()
    def runs_of(
        self,
        model: Model,
        ids: list[int],
        n_prompt: int,
        acting: Sequence[Placed],
        sets: Sequence[tuple[Placed, ...]],
        n_controls: int,
    ) -> Iterator[Float[Tensor, " d_vocab"]]:
        """Logits of the next token without patches; then with each set, and with each of its controls.

        Args:
            acting: edits that act nowhere before any of the sets does, so that all begin where the kept pass does.
        """
        base = self._kept_base(model, ids, acting, layers=False)
        yield base.run.logits
        for edits in sets:
            watched = Watched(edits)
            yield _patched(base, model, Edits(watched.placed, n_prompt), layers=False).logits
            for push in watched.controls(n_controls):
                yield _patched(base, model, Edits(push, n_prompt), layers=False).logits

    def _kept_base(self, model: Model, ids: list[int], acting: Sequence[Placed], *, layers: bool) -> _Base:
        """The pass without patches, run where it is of another text or begins elsewhere."""
        block = model.first_block(acting) if acting else 0
        if self._base is None or not self._base.serves(model, ids, block, layers=layers):
            self._base = _base(model, ids, block, layers=layers)
        return self._base

    async def _all_said(self, loaded: Loaded, sets: list[Edits], ids: list[int], most: int) -> list[tuple[int, ...]]:
        """What is said under each set of edits; where one fails, none goes on."""
        try:
            async with asyncio.TaskGroup() as group:
                saying = [group.create_task(self._said(loaded, edits, ids, most)) for edits in sets]
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return [one.result() for one in saying]

    async def _said(self, loaded: Loaded, edits: Edits, ids: list[int], most: int) -> tuple[int, ...]:
        request = Request(tuple(ids), max_new_tokens=most, end_ids=loaded.model.end_ids)
        with passing(self._lab, loaded, edits) as state:
            async with aclosing(loaded.streams.generate(state, request)) as events:
                return tuple([_number(event) async for event in events if isinstance(event, Token)])


@torch.no_grad()
def _base(model: Model, ids: list[int], block: int, *, layers: bool) -> _Base:
    """One whole pass without patches, which keeps what entered a block."""
    sites = _sites(model, 0, layers=layers)
    entered = [] if layers or not block else [Site(block - 1, "resid_post")]
    values = model.trace_rows(torch.tensor([ids], device=model.device), [*entered, *sites])
    if not layers:
        entering = Entering(block, values[0]) if block else None
        return _Base(ref(model), tuple(ids), _run(model, values[-1, 0]), entering)
    # Row 0 is what enters the first block. Copied, so that no other position of the other layers is kept.
    entering = Entering(block, values[block].clone()) if block else None
    return _Base(ref(model), tuple(ids), _run(model, values[-1, 0].clone(), values[:, 0, -1].clone()), entering)


@torch.no_grad()
def _patched(base: _Base, model: Model, in_force: Edits, *, layers: bool) -> _Run:
    """One pass from the first block on that a patch may change, alone, so that it does not round by the company of
    others."""
    if not in_force.placed:
        return base.run
    row = torch.tensor([base.ids], device=model.device)
    block = base.entering.block if base.entering else 0
    values = model.trace_rows(row, _sites(model, block, layers=layers), edits=[in_force], entering=base.entering)
    if not layers:
        return _run(model, values[0, 0])
    assert base.run.stream is not None, "a base that serves layers has read them"
    return _run(model, values[-1, 0], torch.cat([base.run.stream[:block], values[:, 0, -1]]))


def _sites(model: Model, block: int, *, layers: bool) -> list[Site]:
    """Where a pass that begins at a block is read: at its end, or at what enters the block too and after each one."""
    end = Site(model.n_layers - 1, "resid_post")
    if not layers:
        return [end]
    entered = Site(block - 1, "resid_post") if block else Site(0, "resid_pre")
    return [entered, *(Site(layer, "resid_post") for layer in range(block, model.n_layers))]


def _run(
    model: Model, last: Float[Tensor, "position d_model"], stream: Float[Tensor, "row d_model"] | None = None
) -> _Run:
    return _Run(last, model.unembed(last[-1]).float(), stream)


@torch.no_grad()
def _tried(query: TryPatches, force: InForce, asked: _Asked, runs: _Runs, lens: TunedLens | None) -> PatchesTried:
    base, patched, other, others = runs
    if not all(bool(run.logits.isfinite().all()) for run in (*runs.sets, *others)):
        raise _no_number()
    k = min(query.k, len(base.logits))
    listed = torch.cat([run.logits.topk(k).indices for run in runs.sets]).unique()
    listed = listed[patched.logits[listed].argsort(descending=True, stable=True)]
    columns = torch.stack([run.logits.softmax(-1)[listed] for run in (*runs.sets, *others)], dim=1).tolist()
    moved = (patched.last - base.last).float().norm(dim=-1) / base.last.float().norm(dim=-1)
    followed = list(dict.fromkeys(int(run.logits.argmax()) for run in runs.sets)) if query.lens else []
    return PatchesTried(
        id=query.id,
        model=force.loaded.slug,
        ids=tuple(asked.ids),
        patches=force.hashes,
        says=force.says,
        tokens=tuple(
            _token(token, row, other is not None) for token, row in zip(listed.tolist(), columns, strict=True)
        ),
        kl=_kl(base, patched),
        control_kl=tuple(_kl(base, run) for run in others),
        other_kl=None if other is None else _kl(base, other),
        followed=tuple(followed),
        layers=_layers(force.loaded.model, runs, followed, lens) if followed else (),
        left=_left(force.members, runs) if query.lens else (),
        acts=tuple(asked.watched.acts(one, len(asked.ids), asked.n_prompt) for one in force.members),
        changed=tuple(moved.tolist()),
    )


def _token(token: int, row: list[float], compared: bool) -> TriedToken:
    base, patched, *rest = row
    other = rest.pop(0) if compared else None
    return TriedToken(token_id=token, base=base, patched=patched, controls=tuple(rest), other=other)


def _layers(model: Model, runs: _Runs, followed: list[int], lens: TunedLens | None) -> tuple[TriedLayer, ...]:
    """Each layer's reading in each set's pass."""
    tokens = torch.tensor(followed, device=model.device)
    read = [_says(follow(run.stream, model.unembed, tokens, lens)) for run in runs.sets if run.stream is not None]
    names = layer_names(model.n_layers + 1, "resid")
    return tuple(
        TriedLayer(layer=layer, base=base, patched=patched, other=next(iter(other), None))
        for layer, (base, patched, *other) in zip(names, zip(*read, strict=True), strict=True)
    )


def _says(read: Followed) -> list[LayerSays]:
    if not bool(read.probs.isfinite().all() & read.top_prob.isfinite().all()):
        raise _no_number()
    rows = zip(read.top.tolist(), read.top_prob.tolist(), read.probs.tolist(), read.ranks.tolist(), strict=True)
    return [LayerSays(top=top, prob=prob, probs=tuple(probs), ranks=tuple(ranks)) for top, prob, probs, ranks in rows]


def _left(members: Sequence[Member], runs: _Runs) -> tuple[LeftAlong, ...]:
    """What lies along the direction of each member that has one."""
    base, patched = runs.base.stream, runs.patched.stream
    assert base is not None, "layers were asked for"
    assert patched is not None, "layers were asked for"
    return tuple(
        LeftAlong(
            member=number,
            base=tuple(share_along(base, unit).tolist()),
            patched=tuple(share_along(patched, unit).tolist()),
        )
        for number, one in enumerate(members)
        if isinstance(one.patch, Scale | Ablate | Steer)
        for unit in [unpacked(one.patch.direction).to(base.device)]
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
