"""Patches at several strengths on one text: the next token of each, beside pushes as hard in random directions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.base import placed
from microscope.core.patches.scope import written_from
from microscope.core.reconstruction import kl_divergence
from microscope.engine.device import Priority
from microscope.errors import Invalid
from microscope.lab import Lab
from microscope.services.given import given_ids
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import Patches
from microscope.wire.patch_doses import Dose, DosePatches, PatchesDosed

LISTED = 3
"""Likeliest tokens that are named at each strength."""

Logits = Float[Tensor, " d_vocab"]


class PatchDoses:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches, trials: PatchTrials) -> None:
        self._lab, self._patches, self._trials = lab, patches, trials

    async def dose(self, query: DosePatches) -> PatchesDosed:
        """
        Raises:
            NotFound, Incompatible, Unsupported: a patch that is not here, or does not fit the model.
            Invalid: no text, or two; a token outside the vocabulary; a strength at which the model computes what is no
                number.
            TooLarge: more text than the model reads.
        """
        async with self._patches.in_force(query.members, query.model) as force:
            model = force.loaded.model
            ids = await given_ids(self._lab.settings, model, query.text, query.ids)
            if query.tokens:
                model.check_ids(query.tokens)
            written = written_from(len(ids), query.generated)
            sets = [
                placed([one.model_copy(update={"strength": one.strength * by}) for one in force.members], force.place)
                for by in query.strengths
            ]
            base, *runs = await self._trials.logits_of(force.loaded, ids, written, sets, query.controls)
            return await self._lab.device.do(
                Priority.CLICK, lambda: _dosed(query, force.loaded.slug, base, runs, 1 + query.controls)
            )


@torch.no_grad()
def _dosed(query: DosePatches, model: str, base: Logits, runs: Sequence[Logits], each: int) -> PatchesDosed:
    """
    Args:
        runs: of each strength that of the patches, then those of its controls: `each` in all.
    """
    doses = [
        _dose(query.tokens, strength, base, runs[number * each : (number + 1) * each])
        for number, strength in enumerate(query.strengths)
    ]
    return PatchesDosed(
        id=query.id,
        model=model,
        base=_probs(base, query.tokens),
        base_likeliest=_likeliest(base),
        doses=tuple(doses),
    )


def _dose(tokens: Sequence[int], strength: float, base: Logits, runs: Sequence[Logits]) -> Dose:
    if not all(bool(logits.isfinite().all()) for logits in runs):
        raise Invalid(
            f"At strength {strength:g} the model computes what is no number.", next="Choose a range nearer to 0."
        )
    patched, *others = runs
    return Dose(
        strength=strength,
        kl=_kl(base, patched),
        control_kl=tuple(_kl(base, logits) for logits in others),
        probs=_probs(patched, tokens),
        control_probs=tuple(_probs(logits, tokens) for logits in others),
        likeliest=_likeliest(patched),
    )


def _probs(logits: Logits, tokens: Sequence[int]) -> tuple[float, ...]:
    return tuple(logits.softmax(-1)[list(tokens)].tolist())


def _likeliest(logits: Logits) -> tuple[int, ...]:
    return tuple(logits.topk(min(LISTED, len(logits))).indices.tolist())


def _kl(base: Logits, other: Logits) -> float:
    # Rounding may take it below 0 where nothing has changed.
    return max(0.0, float(kl_divergence(base[None], other[None])))
