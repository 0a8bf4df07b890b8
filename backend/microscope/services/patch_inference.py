"""The switch of each patch for the whole server, and a text that is run with those that are on, or with named ones.

Conversations, traces and the pages never ask for the switch: what acts there is in their own address.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.reconstruction import kl_divergence
from microscope.engine.device import Priority
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.lab import Lab
from microscope.services.given import given_ids
from microscope.services.limits import check_k
from microscope.services.patch_export import asked_of
from microscope.services.patch_passes import passes
from microscope.services.patches import InForce, Patches
from microscope.store.enabled_patches import enabled, switch
from microscope.wire.patch_files import Inference, InferenceResult, PatchToggled, TogglePatch
from microscope.wire.patches import FromLibrary, PatchMember
from microscope.wire.scripts import Prediction


class PatchInference:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches) -> None:
        self._lab, self._patches = lab, patches

    def toggle(self, hash: str, asked: TogglePatch) -> PatchToggled:
        """Switch a patch on behind those that are on, or off.

        Raises:
            NotFound, Invalid: no such patch, or one that cannot be read.
        """
        self._patches.library.get(hash)
        folder = self._lab.folder
        on = hash not in enabled(folder) if asked.enabled is None else asked.enabled
        switch(folder, hash, asked.strength if on else None)
        return PatchToggled(hash=hash, enabled=on, strength=asked.strength)

    async def infer(self, asked: Inference) -> InferenceResult:
        """
        Raises:
            NotFound, Incompatible, Unsupported: a patch that is not here, or does not fit the model.
            Invalid: no text; a strength at which the model computes what is no number.
            TooLarge: over `max_k`, or more text than the model reads.
        """
        check_k(self._lab.settings, asked.k)
        async with self._patches.in_force(self._members(asked), asked.model) as force:
            model = force.loaded.model
            ids = await given_ids(self._lab.settings, model, asked.text, None)
            found = passes(model, ids, force.placed, asked.controls, first=len(ids) - 1)
            logits = [one[0] async for one in self._lab.device.stream(Priority.CLICK, found)]
            return await self._lab.device.do(Priority.CLICK, lambda: _result(force, logits, asked.k))

    def _members(self, asked: Inference) -> Sequence[PatchMember]:
        if asked.set is not None:
            return asked_of(self._patches.sets.get(asked.set))
        if asked.patches is not None:
            return [
                PatchMember(source=FromLibrary(hash=one.hash), strength=one.strength, scope=one.scope)
                for one in asked.patches
            ]
        on = enabled(self._lab.folder).items()
        return [PatchMember(source=FromLibrary(hash=hash), strength=strength) for hash, strength in on]


def _result(force: InForce, logits: Sequence[Float[Tensor, " d_vocab"]], k: int) -> InferenceResult:
    """On the device's thread."""
    if not all(bool(one.isfinite().all()) for one in logits):
        raise Invalid("With this strength the model computes what is no number.", next="Choose a strength nearer to 0.")
    base, *others = logits
    kl, *control_kl = (max(0.0, float(kl_divergence(base[None], one[None]))) for one in others)
    return InferenceResult(
        model=force.loaded.slug,
        patches=force.hashes,
        says=force.says,
        base=_predictions(force.loaded.model, base, k),
        patched=_predictions(force.loaded.model, others[0], k),
        kl=kl,
        control_kl=tuple(control_kl),
    )


@torch.no_grad()
def _predictions(model: Model, logits: Float[Tensor, " d_vocab"], k: int) -> tuple[Prediction, ...]:
    top = logits.softmax(-1).topk(min(k, len(logits)))
    found = zip(top.indices.tolist(), top.values.tolist(), strict=True)
    return tuple(
        Prediction(id=id, token=model.token_bytes[id].decode(errors="replace"), probability=value, rank=rank)
        for rank, (id, value) in enumerate(found)
    )
