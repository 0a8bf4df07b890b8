"""What patches do to a text: the next token with and without them, beside pushes as hard in random directions."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.lens import Followed, TunedLens, follow
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Placed
from microscope.core.patches.control import Watched
from microscope.core.patches.direction import share_along, unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Written, written_from
from microscope.core.patches.steer import Steer
from microscope.core.reconstruction import kl_divergence
from microscope.engine.device import Priority
from microscope.engine.edits import Edits, acting, always
from microscope.engine.generate import Request
from microscope.engine.model import Model
from microscope.engine.state import State
from microscope.engine.streams import Token
from microscope.lab import Lab, Loaded
from microscope.services.given import given_ids
from microscope.services.limits import check_context, check_k
from microscope.services.patch_runs import Base, Bases, Run, control_runs, patched_run
from microscope.services.patches import InForce, Patches, no_number
from microscope.services.reading import layer_names
from microscope.services.states import passing
from microscope.wire.lenses import LayerName
from microscope.wire.patch_trials import (
    ContinuePatched,
    LayerSays,
    LeftAlong,
    PatchesContinued,
    PatchesTried,
    TriedLayer,
    TriedMember,
    TriedToken,
    TryPatches,
)


class _Asked(NamedTuple):
    """What is run over a text."""

    ids: list[int]
    written: Written
    watched: Watched
    """The patches."""

    against: Watched | None
    """Another set; None where there is none."""

    controls: int
    """Of each set."""

    layers: bool
    """Every layer is read at the last position."""

    everywhere: bool
    """The last one is read at every position, with the patches and without."""


class _Runs(NamedTuple):
    """What came of it."""

    base: Run
    patched: Run
    other: Run | None
    controls: list[Run]
    other_controls: list[Run]

    @property
    def sets(self) -> list[Run]:
        """Without the controls."""
        return [self.base, self.patched, *([self.other] if self.other else [])]

    @property
    def all(self) -> list[Run]:
        return [*self.sets, *self.controls, *self.other_controls]


class PatchTrials:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches) -> None:
        self._lab, self._patches = lab, patches
        self._bases = Bases(lab)

    async def try_(self, query: TryPatches) -> PatchesTried:
        """
        Raises:
            NotFound, Incompatible, Unsupported: a patch that is not here, or does not fit the model.
            Invalid: no text, or two; a strength at which the model computes what is no number.
            TooLarge: over `max_k`, or more text than the model reads.
        """
        check_k(self._lab.settings, query.k)
        async with self._opened(query) as (force, against, ids):
            written = written_from(len(ids), query.generated)
            lens = await self._lab.lens(force.loaded, query.lens) if query.lens else None
            other = None if against is None else Watched(against.placed)
            layers = query.lens is not None
            asked = _Asked(ids, written, Watched(force.placed), other, query.controls, layers, query.everywhere)
            async with self._bases.of(force.loaded, ids) as base:
                steps = _runs(base, asked)
                stream = self._lab.device.stream(Priority.CLICK, steps)
                patched, *rest = [run async for some in stream for run in some]
                beside = None if against is None else rest.pop(0)
                runs = _Runs(base.run, patched, beside, rest[: query.controls], rest[query.controls :])
                sets = (force, against)
                return await self._lab.device.do(Priority.CLICK, lambda: _tried(query, sets, asked, runs, lens))

    async def continue_(self, query: ContinuePatched) -> PatchesContinued:
        """Each is a stream like those of conversations, and they share their steps: first without patches and with each
        set, then the controls, which push place by place as hard as its set has pushed. Each goes on from the text
        without patches, from the first position on that it may change.

        Raises:
            NotFound, Incompatible, Unsupported, Invalid, TooLarge: as `try_` says.
            Busy: over `max_streams`; a pass was run twice beside another text's that failed.
        """
        async with self._opened(query) as (force, against, ids):
            check_context(force.loaded.model.name, force.loaded.model.n_ctx, len(ids))
            written = written_from(len(ids), query.generated)
            sets = [Watched(placed) for placed in ((), force.placed, *([] if against is None else [against.placed]))]
            starts = [acting(one.placed, written) for one in sets]
            async with self._bases.of(force.loaded, ids) as base:
                said = await self._all_said(force.loaded, base.state, starts, [query.n_tokens] * len(sets))
                pushes, lengths = [], []
                for one, start, goes in zip(sets[1:], starts[1:], said[1:], strict=True):
                    # What it wrote last is not computed any more.
                    pushes += one.going_on(query.controls, max(0, len(ids) - start.first) + len(goes) - 1)
                    lengths += [len(goes)] * query.controls
                starts = [acting(placed, written) for placed in pushes]
                pushed = await self._all_said(force.loaded, base.state, starts, lengths)
        base, patched, *other = said
        return PatchesContinued(
            id=query.id,
            model=force.loaded.slug,
            ids=tuple(ids),
            generated=query.generated,
            members=_members(force),
            against=_members(against),
            base=base,
            patched=patched,
            controls=tuple(pushed[: query.controls]),
            other=next(iter(other), None),
            other_controls=tuple(pushed[query.controls :]),
        )

    @asynccontextmanager
    async def _opened(
        self, query: TryPatches | ContinuePatched
    ) -> AsyncGenerator[tuple[InForce, InForce | None, list[int]]]:
        """The patches, what they are tried against, the text."""
        async with self._patches.in_force(query.members, query.model) as force:
            against = None
            if query.against:
                async with self._patches.in_force(query.against, force.loaded.slug) as against:
                    pass  # The model is pinned by the other.
            yield force, against, await given_ids(self._lab.settings, force.loaded.model, query.text, query.ids)

    async def logits_of(
        self,
        loaded: Loaded,
        ids: list[int],
        written: Written,
        sets: Sequence[tuple[Placed, ...]],
        n_controls: int,
    ) -> list[Float[Tensor, " d_vocab"]]:
        """Of the next token without patches; then with each set, and with each of its controls. Pin the model."""
        async with self._bases.of(loaded, ids) as base:
            found = [base.run.logits]
            for edits in sets:
                asked = _Asked(ids, written, Watched(edits), None, n_controls, layers=False, everywhere=False)
                stream = self._lab.device.stream(Priority.CLICK, _runs(base, asked))
                found += [run.logits async for some in stream for run in some]
            return found

    async def _all_said(self, loaded: Loaded, base: State, sets: list[Edits], most: list[int]) -> list[tuple[int, ...]]:
        """What is said under each set of edits, in at most so many tokens; where one fails, none goes on."""
        try:
            async with asyncio.TaskGroup() as group:
                saying = [
                    group.create_task(self._said(loaded, base, edits, n)) for edits, n in zip(sets, most, strict=True)
                ]
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return [one.result() for one in saying]

    async def _said(self, loaded: Loaded, base: State, edits: Edits, most: int) -> tuple[int, ...]:
        request = Request(tuple(base.ids), max_new_tokens=most, end_ids=loaded.model.end_ids)
        begun = await self._lab.device.do(Priority.CLICK, lambda: base.under(always(edits)))
        with passing(self._lab, begun) as state:
            async with aclosing(loaded.streams.generate(state, request)) as events:
                return tuple([_number(event) async for event in events if isinstance(event, Token)])


@torch.no_grad()
def _runs(base: Base, asked: _Asked) -> Iterator[list[Run]]:
    """With the patches, with those of the other set, with each control of either; one pass between two yields."""
    sets = [asked.watched, *([asked.against] if asked.against else [])]
    for one in sets:
        edits = Edits(one.placed, asked.written)
        run = patched_run(base, edits, layers=asked.layers, everywhere=asked.everywhere)
        # Where nothing was there to change, not even a rounding is.
        yield [run if one.changed(len(asked.ids), asked.written) else base.run]
    # What each set changed in its own pass is known by now.
    for one in sets:
        if one.changed(len(asked.ids), asked.written):
            controls = [Edits(edits, asked.written) for edits in one.controls(asked.controls)]
            yield from control_runs(base, controls, layers=asked.layers)
        else:
            yield [base.run] * asked.controls


@torch.no_grad()
def _tried(
    query: TryPatches, sets: tuple[InForce, InForce | None], asked: _Asked, runs: _Runs, lens: TunedLens | None
) -> PatchesTried:
    force, against = sets
    base, patched, other, own, others = runs
    if not all(bool(run.logits.isfinite().all()) for run in runs.all):
        raise no_number()
    k = min(query.k, len(base.logits))
    listed = torch.cat([run.logits.topk(k).indices for run in runs.sets]).unique()
    listed = listed[patched.logits[listed].argsort(descending=True, stable=True)]
    columns = torch.stack([run.logits.softmax(-1)[listed] for run in runs.all], dim=1).tolist()
    followed = list(dict.fromkeys(int(run.logits.argmax()) for run in runs.sets)) if query.lens else []
    return PatchesTried(
        id=query.id,
        model=force.loaded.slug,
        ids=tuple(asked.ids),
        generated=query.generated,
        members=_members(force),
        against=_members(against),
        says=force.says,
        tokens=tuple(_token(token, row, runs) for token, row in zip(listed.tolist(), columns, strict=True)),
        kl=_kl(base, patched),
        control_kl=tuple(_kl(base, run) for run in own),
        other_kl=None if other is None else _kl(base, other),
        other_control_kl=tuple(_kl(base, run) for run in others),
        followed=tuple(followed),
        layers=_layers(force.loaded.model, runs, followed, lens) if followed else (),
        left=_left(force.members, runs) if query.lens else (),
        acts=tuple(asked.watched.acts(one, len(asked.ids), asked.written) for one in force.members),
        changed=_changed(base, patched) if query.everywhere else (),
    )


def _members(force: InForce | None) -> tuple[TriedMember, ...]:
    if force is None:
        return ()
    each = zip(force.hashes, force.members, strict=True)
    return tuple(TriedMember(hash=hash, strength=one.strength, scope=one.scope) for hash, one in each)


def _changed(base: Run, patched: Run) -> tuple[float, ...]:
    assert base.last is not None, "everywhere was asked for"
    assert patched.last is not None, "everywhere was asked for"
    moved = (patched.last - base.last).float().norm(dim=-1) / base.last.float().norm(dim=-1)
    return tuple(moved.tolist())


def _token(token: int, row: list[float], runs: _Runs) -> TriedToken:
    base, patched, *rest = row
    other = rest.pop(0) if runs.other else None
    own, others = tuple(rest[: len(runs.controls)]), tuple(rest[len(runs.controls) :])
    return TriedToken(token_id=token, base=base, patched=patched, controls=own, other=other, other_controls=others)


def _layers(model: Model, runs: _Runs, followed: list[int], lens: TunedLens | None) -> tuple[TriedLayer, ...]:
    """Each layer's reading in each pass."""
    tokens = torch.tensor(followed, device=model.device)
    read = [_says(follow(run.stream, model.unembed, tokens, lens)) for run in runs.all if run.stream is not None]
    names = layer_names(model.n_layers + 1, "resid")
    return tuple(_layer(layer, says, runs) for layer, *says in zip(names, *read, strict=True))


def _layer(layer: LayerName, says: list[LayerSays], runs: _Runs) -> TriedLayer:
    base, patched, *rest = says
    other = rest.pop(0) if runs.other else None
    own, others = tuple(rest[: len(runs.controls)]), tuple(rest[len(runs.controls) :])
    return TriedLayer(layer=layer, base=base, patched=patched, controls=own, other=other, other_controls=others)


def _says(read: Followed) -> list[LayerSays]:
    if not bool(read.probs.isfinite().all() & read.top_prob.isfinite().all()):
        raise no_number()
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
        raise no_number()
    return token.token_id


def _kl(base: Run, other: Run) -> float:
    # Rounding may take it below 0 where nothing has changed.
    return max(0.0, float(kl_divergence(base.logits[None], other.logits[None])))
