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
from microscope.errors import Incompatible, Invalid, NotFound, Unsupported
from microscope.lab import Lab
from microscope.services.given import given_ids
from microscope.services.limits import check_k
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import InForce, Patches, named_members, no_number
from microscope.store.enabled_patches import enabled, switch
from microscope.store.patches import SETS
from microscope.wire.patch_files import Inference, InferenceResult, PatchToggled, TogglePatch
from microscope.wire.patches import BrokenPatch, FromLibrary, PatchMember
from microscope.wire.scripts import Prediction


class PatchInference:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches, trials: PatchTrials) -> None:
        self._lab, self._patches, self._trials = lab, patches, trials

    def toggle(self, hash: str, asked: TogglePatch) -> PatchToggled:
        """Switch a patch on behind those that are on, or off, whatever has become of it.

        Raises:
            NotFound, Invalid: no such patch is on, and none is kept, or it cannot be read; on, of one that is put away;
                the hash of a set.
        """
        folder = self._lab.folder
        if self._lab.objects.holds(SETS, hash):
            raise Invalid(
                f"{hash} is a set of patches; the switch is of a single one.",
                next="Name the set where a text is run (set), or switch its patches one by one.",
            )
        was = hash in enabled(folder)
        strength = 1.0 if asked.strength is None else asked.strength
        on = asked.enabled if asked.enabled is not None else asked.strength is not None or not was
        kept = self._patches.library.get(hash) if on or not was else None
        if on and kept is not None and kept.put_away is not None:
            raise Invalid(
                f"The patch {hash} is put away: it is used where it is named, and switched on nowhere.",
                next=f"Restore it first: POST /api/patches/{hash}/restore",
            )
        switch(folder, hash, strength if on else None)
        return PatchToggled(hash=hash, enabled=on, strength=strength)

    async def infer(self, asked: Inference) -> InferenceResult:
        """
        Raises:
            NotFound, Incompatible, Unsupported: a patch that is not here, or does not fit the model.
            Invalid: no text; a strength at which the model computes what is no number.
            TooLarge: over `max_k`, or more text than the model reads.
        """
        check_k(self._lab.settings, asked.k)
        members, left_out = await self._members(asked)
        async with self._patches.in_force(members, asked.model) as force:
            ids = await given_ids(self._lab.settings, force.loaded.model, asked.text, None)
            controls = asked.controls if force.placed else 0
            logits = await self._trials.logits_of(force.loaded, ids, (), [force.placed], controls)
            return await self._lab.device.do(Priority.CLICK, lambda: _result(force, logits, asked.k, left_out))

    async def _members(self, asked: Inference) -> tuple[Sequence[PatchMember], Sequence[BrokenPatch]]:
        """What is to be in force; of those that are on for everybody, what cannot be, is told."""
        if (named := asked.patches if asked.set is None else asked.set) is not None:
            return named_members(named), ()
        members: list[PatchMember] = []
        left_out: list[BrokenPatch] = []
        for hash, strength in enabled(self._lab.folder).items():
            member = PatchMember(source=FromLibrary(hash=hash), strength=strength)
            try:
                async with self._patches.in_force([*members, member], asked.model):
                    members.append(member)
            except (NotFound, Invalid, Incompatible, Unsupported) as why:
                left_out.append(BrokenPatch(hash=hash, error=why.error, next=why.next))
        return members, left_out


def _result(
    force: InForce, logits: Sequence[Float[Tensor, " d_vocab"]], k: int, left_out: Sequence[BrokenPatch]
) -> InferenceResult:
    """On the device's thread."""
    if not all(bool(one.isfinite().all()) for one in logits):
        raise no_number()
    base, *others = logits
    kl, *control_kl = (max(0.0, float(kl_divergence(base[None], one[None]))) for one in others)
    return InferenceResult(
        model=force.loaded.slug,
        patches=force.hashes,
        set=force.set,
        says=force.says,
        base=_predictions(force.loaded.model, base, k),
        patched=_predictions(force.loaded.model, others[0], k),
        kl=kl,
        control_kl=tuple(control_kl),
        left_out=tuple(left_out),
    )


@torch.no_grad()
def _predictions(model: Model, logits: Float[Tensor, " d_vocab"], k: int) -> tuple[Prediction, ...]:
    top = logits.softmax(-1).topk(min(k, len(logits)))
    found = zip(top.indices.tolist(), top.values.tolist(), strict=True)
    return tuple(
        Prediction(id=id, token=model.token_bytes[id].decode(errors="replace"), probability=value, rank=rank)
        for rank, (id, value) in enumerate(found)
    )
