"""Fit a tuned lens to a model, and say how much better than the logit lens it reads; or take in one that was fitted.

1. cut the documents into windows; hold every tenth document out
2. at each step, run windows through the model until there are enough positions, and update every translator
3. measure both lenses on the held-out documents, and keep the translators

Long work: every forward pass and every layer's gradient is a job of its own at RUN priority.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.lens import TunedLens
from microscope.core.tuning import divergence, identity, step
from microscope.engine.device import Priority
from microscope.engine.model import Model
from microscope.errors import Incompatible, Invalid
from microscope.lab import Lab, Loaded
from microscope.services.models import Models, portable
from microscope.store.lenses import Description, Import, describe, read_tuned_lens_project, unembed_hash

WINDOW = 256
"""Tokens of one forward pass."""

POSITIONS_PER_STEP = 512
HELD_OUT_POSITIONS = 4_096
"""At most so many are measured."""

LEARNING_RATE = 1e-3
"""Of Adam at the first step; falls to 0 in a straight line."""


class Kept(NamedTuple):
    """A lens that this model is read with from now on, under the name "tuned"."""

    now: Description
    """Its file is in `<home>/lenses/`."""

    before: Description | None
    """What was read until now: gone if it was the same file, else it counts again once the new file is deleted."""


class Fit(NamedTuple):
    """What came of it."""

    kept: Kept

    logit_kl: tuple[float, ...]
    """Held-out KL(p_last ‖ p_lens) in nats per token, row by row from "embed": the logit lens. The last block's row,
    which is the model's own prediction, is left out."""

    tuned_kl: tuple[float, ...]
    n_training_tokens: int
    n_held_out_tokens: int


class Taken(NamedTuple):
    """A lens that the tuned-lens project fitted, now this model's own."""

    kept: Kept
    n_layers: int
    d_model: int
    fitted_to: str
    """The model's name, as the project wrote it."""

    same_unembed: bool
    """Its W_U has the fingerprint that was recorded; False where none was, and the names were compared instead."""


class _Step(NamedTuple):
    """Progress of the fitting."""

    done: int
    kl: float


class Lenses:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, models: Models) -> None:
        self._lab = lab
        self._models = models

    async def fit(
        self,
        slug: str,
        texts: list[str],
        *,
        steps: int = 250,
        seed: int = 0,
        replace: bool = False,
        progress: Callable[[int, int, float | None], None] | None = None,
    ) -> Fit:
        """Fit affine translators on these documents; a tenth of them is held out.

        Args:
            replace: read with the new lens where there is one for these weights already.
            progress: (step, of, training KL), on the event loop's thread; step 0, which has no KL, once nothing stands
                in the way.

        Raises:
            Invalid: fewer than two documents with at least two tokens, or a lens that may not be replaced.
        """
        loaded = await self._models.resident(slug)
        with self._lab.models.pinned(loaded.slug):
            before = await asyncio.to_thread(self._displaced, loaded, replace)
            training, held_out = await asyncio.to_thread(_windows, loaded.model, texts, seed)
            if progress is not None:
                progress(0, steps, None)
            lens = await self._trained(loaded, training, steps, progress)
            tuned = await self._measured(loaded, held_out, lens)
            logit = await self._measured(loaded, held_out, _untrained(loaded.model))
        about = {
            "model": portable(loaded.model.info.name),
            "steps": str(steps),
            "seed": str(seed),
            "logit_kl": json.dumps(logit),
            "tuned_kl": json.dumps(tuned),
            "training_tokens": str(sum(map(len, training))),
            "held_out_tokens": str(sum(map(len, held_out))),
        }
        kept = TunedLens(lens.weight.detach().cpu(), lens.bias.detach().cpu())
        return Fit(
            self._keep(loaded, kept, about, before), logit, tuned, sum(map(len, training)), sum(map(len, held_out))
        )

    async def take(self, slug: str, folder: Path, *, replace: bool = False) -> Taken:
        """Keep a lens that lies in a folder as the tuned-lens project writes it.

        Args:
            replace: read with it where there is one for these weights already.

        Raises:
            Invalid, Unsupported: the folder is not as the project writes it, or a lens that may not be replaced.
            Incompatible: it was fitted to another model, by its sizes, the fingerprint of its W_U or, where none was
                recorded, its name.
        """
        loaded = await self._models.resident(slug)
        model, info = loaded.model, loaded.model.info
        with self._lab.models.pinned(loaded.slug):
            before = await asyncio.to_thread(self._displaced, loaded, replace)
            theirs = await asyncio.to_thread(read_tuned_lens_project, folder, model.n_layers, model.d_model)
            own = await self._lab.device.do(Priority.RUN, lambda: unembed_hash(model.unembed.weight))
        _check_model(folder, theirs, own, info.name)
        about = {"model": portable(info.name), "imported_from": "tuned-lens", "fitted_to": theirs.model_name}
        kept = self._keep(loaded, theirs.lens, about, before)
        return Taken(kept, model.n_layers, model.d_model, theirs.model_name, bool(theirs.unembed_hash))

    def _displaced(self, loaded: Loaded, replace: bool) -> Description | None:
        """The lens that a new one would be read instead of.

        Raises:
            Invalid: there is one, and it may not be replaced.
        """
        before = self._lab.tuned_lens(loaded)
        if before is None or replace:
            return before
        here = self._lab.lenses.here(loaded.model.info.weights_sha256)
        back = "which overwrites it." if before.path == here else f"and delete {here} to go back."
        raise Invalid(
            f"There is a tuned lens for {loaded.model.info.name} already: {before.path}, {before.says}.",
            next=f"Read with it: --lens tuned. Or read with yours instead: --replace, {back}",
        )

    def _keep(self, loaded: Loaded, lens: TunedLens, about: dict[str, str], before: Description | None) -> Kept:
        path = self._lab.lenses.write(loaded.model.info.weights_sha256, lens, about)
        return Kept(describe(path), before)

    async def _trained(
        self,
        loaded: Loaded,
        windows: Sequence[Sequence[int]],
        steps: int,
        progress: Callable[[int, int, float | None], None] | None,
    ) -> TunedLens:
        lens = _untrained(loaded.model)
        lens = TunedLens(lens.weight.requires_grad_(), lens.bias.requires_grad_())
        async for at in self._lab.device.stream(Priority.RUN, _training(loaded.model, lens, windows, steps)):
            if at is not None and progress is not None:
                progress(at.done, steps, at.kl)
        return lens

    async def _measured(self, loaded: Loaded, windows: Sequence[Sequence[int]], lens: TunedLens) -> tuple[float, ...]:
        """Mean over held-out positions, for every translator."""
        jobs = _measuring(loaded.model, lens, windows)
        sums = [total async for total in self._lab.device.stream(Priority.RUN, jobs)]
        mean = torch.stack(sums).sum(0) / sum(map(len, windows))
        return tuple(mean.tolist())


def _check_model(folder: Path, theirs: Import, own_hash: str, name: str) -> None:
    """
    Raises:
        Incompatible: another W_U; where its fingerprint was not recorded, another name.
    """
    if theirs.unembed_hash and theirs.unembed_hash != own_hash:
        raise Incompatible(
            f"The lens in {folder} was fitted to {theirs.model_name} with unembed_hash {theirs.unembed_hash}; "
            f"the loaded {name} has {own_hash}.",
            next="Load the weights that it was fitted to, in the dtype of then: --model MODEL --dtype float32",
        )
    theirs_short, short = (one.rstrip("/").rsplit("/", 1)[-1].lower() for one in (theirs.model_name, name))
    if not theirs.unembed_hash and theirs_short != short:
        raise Incompatible(
            f"The lens in {folder} was fitted to {theirs.model_name!r}; the loaded model is {name!r}, and no "
            "unembed_hash tells that they are the same.",
            next=f"Load the model that it was fitted to: --model {theirs.model_name}",
        )


def _untrained(model: Model) -> TunedLens:
    return identity(model.n_layers, model.d_model, model.device)


def _windows(model: Model, texts: Sequence[str], seed: int) -> tuple[list[list[int]], list[list[int]]]:
    """Documents cut to windows, in a random order: training, held out."""
    width = min(WINDOW, model.n_ctx)
    documents = [ids for text in texts if text.strip() and len(ids := model.encode(text)) > 1]
    if len(documents) < 2:
        raise Invalid(
            f"There are {len(documents)} documents with at least two tokens; expected two or more, one to hold out.",
            next="Give more text: documents are parted by empty lines.",
        )
    random.Random(seed).shuffle(documents)
    count = max(1, len(documents) // 10)
    held_out, training = (
        [ids[start : start + width] for ids in part for start in range(0, len(ids), width)]
        for part in (documents[:count], documents[count:])
    )
    measured: list[list[int]] = []
    while held_out and sum(map(len, measured)) < HELD_OUT_POSITIONS:
        measured.append(held_out.pop())
    return training, measured


def _resid(model: Model, ids: Sequence[int]) -> Float[Tensor, "row position d_model"]:
    rows = (*model.sites("resid_pre")[:1], *model.sites("resid_post"))
    return model.trace(ids, capture=rows, logits="none").stacked


def _training(model: Model, lens: TunedLens, windows: Sequence[Sequence[int]], steps: int) -> Iterator[_Step | None]:
    """One forward pass, or one layer's gradient, between two yields."""
    optimizer = torch.optim.Adam([lens.weight, lens.bias], lr=LEARNING_RATE)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1.0 / steps, total_iters=steps)
    stream = cycle(windows)
    for done in range(1, steps + 1):
        batch: list[Tensor] = []
        while sum(resid.shape[1] for resid in batch) < POSITIONS_PER_STEP:
            batch.append(_resid(model, next(stream)))
            yield None
        kl = 0.0
        for loss in step(torch.cat(batch, dim=1), model.unembed, lens, optimizer):
            kl += loss.item() / model.n_layers
            yield None
        slower.step()
        yield _Step(done, kl)


def _measuring(model: Model, lens: TunedLens, windows: Sequence[Sequence[int]]) -> Iterator[Float[Tensor, " layer"]]:
    """Each window's summed divergence."""
    for ids in windows:
        yield divergence(_resid(model, ids), model.unembed, lens).cpu() * len(ids)
