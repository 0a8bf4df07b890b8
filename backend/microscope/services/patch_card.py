"""The report card of patches: which modules they change, by how much, and what that does to a short text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.low_rank import effective_rank, singular_values
from microscope.core.model_names import same_model
from microscope.core.patches.base import Member, Placed
from microscope.core.patches.control import Watched
from microscope.core.patches.edits import Add
from microscope.core.patches.weights import Change, weight_edits
from microscope.core.reconstruction import kl_divergence
from microscope.core.sites import Site
from microscope.engine.device import Priority
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.weight_changes import changes_of
from microscope.engine.weights import portable
from microscope.lab import Lab
from microscope.services.patches import InForce
from microscope.services.sae_card import TEXT
from microscope.wire.patch_files import ChangedModule, PatchCard

CONTROLS = 4


class Origins(NamedTuple):
    """What the files say of themselves."""

    format: str = ""
    base_model: str = ""
    warnings: tuple[str, ...] = ()


NONE = Origins()


async def card_of(lab: Lab, force: InForce, origins: Origins = NONE) -> PatchCard:
    """Of patches in force, each at its strength."""
    model = force.loaded.model
    modules = await lab.device.do(Priority.CLICK, lambda: _modules(model, force))
    ids = model.encode(TEXT)[: model.n_ctx]
    kls = [kl async for kl in lab.device.stream(Priority.CLICK, _kls(model, ids, force.placed))]
    return PatchCard(
        model=force.loaded.slug,
        format=origins.format,
        base_model=origins.base_model,
        warnings=(*_of_another(origins.base_model, portable(model.name)), *origins.warnings),
        says=force.says,
        modules=tuple(sorted(modules, key=lambda one: (-1 if one.layer is None else one.layer, one.module))),
        tokens=len(ids),
        kl=kls[0] if math.isfinite(kls[0]) else None,
        control_kl=tuple(kl for kl in kls[1:] if math.isfinite(kl)),
    )


def _of_another(said: str, name: str) -> tuple[str, ...]:
    if not said or same_model(said, name):
        return ()
    return (f"Its files name the model {said}; this is {name}. Shapes fit, which says nothing of the weights.",)


@torch.no_grad()
def _modules(model: Model, force: InForce) -> list[ChangedModule]:
    """On the device's thread."""
    weights = [one for one in force.members if one.patch.edits_weights and one.strength]
    everywhere = [Member(patch=one.patch, strength=one.strength) for one in weights]
    changes = changes_of(model, weight_edits(everywhere, force.place)) if everywhere else {}
    found = [_of_weights(model, path, change) for path, change in changes.items()]
    return [*found, *(_of_vector(one.edit) for one in force.placed if isinstance(one.edit, Add))]


def _of_weights(model: Model, path: str, change: Change) -> ChangedModule:
    values = singular_values(change.down, change.up)
    module: Any = model.module(path)
    norm = float(values.norm())
    return ChangedModule(
        module=path,
        layer=_layer(path),
        shape=(len(change.up), change.down.shape[1]),
        rank=len(change.down),
        norm=norm,
        share=norm / float(module.weight.float().norm()),
        effective_rank=effective_rank(values),
        bias_norm=float(change.bias.norm()),
    )


def _of_vector(edit: Add) -> ChangedModule:
    return ChangedModule(
        module=str(edit.at),
        layer=_layer(str(edit.at)),
        shape=(edit.width,),
        rank=1,
        norm=float(edit.vector.norm()),
        share=None,
        effective_rank=1.0,
        bias_norm=0.0,
    )


def _layer(path: str) -> int | None:
    """`model.layers.3.mlp.down_proj` and `L3.resid_post` → 3."""
    number = re.search(r"(?:^L|\.)(\d+)\.", path)
    return int(number[1]) if number else None


@torch.no_grad()
def _kls(model: Model, ids: Sequence[int], placed: Sequence[Placed]) -> Iterator[float]:
    """Of the patches, then of each control: means over the positions, with one pass before each."""
    row = torch.tensor([list(ids)], device=model.device)
    end = Site(model.n_layers - 1, "resid_post")

    def logits(edits: Sequence[Placed]) -> Float[Tensor, "position d_vocab"]:
        return model.unembed(model.trace_rows(row, [end], edits=[Edits(tuple(edits))])[0, 0]).float()

    def kl(edits: Sequence[Placed]) -> float:
        # Rounding may take it below 0 where nothing has changed.
        return float(kl_divergence(base, logits(edits)).mean().clamp(min=0))

    base, watched = logits(()), Watched(placed)
    yield kl(watched.placed)
    # What the patches changed in their own pass is known by now.
    yield from map(kl, watched.controls(CONTROLS) if placed else ())
