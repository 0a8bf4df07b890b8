"""What a patch would be before somebody keeps it: its content, what it does in words, which tokens it promotes."""

from __future__ import annotations

from typing import NamedTuple

from microscope.core.directions import written_by
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Patch
from microscope.core.patches.direction import unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.engine.device import Priority
from microscope.engine.model import Model
from microscope.errors import NotFound
from microscope.lab import Lab
from microscope.services.patch_directions import Heard, unheard
from microscope.services.patch_making import usual_length
from microscope.services.patches import Patches
from microscope.wire.patch_library import PatchPreviewed, PreviewPatch
from microscope.wire.patches import PatchMember

SHOWN = 6
"""Tokens that a direction promotes, and as many that it suppresses."""


class _Read(NamedTuple):
    """What is read of a patch's direction."""

    usual: float | None = None
    promotes: tuple[int, ...] = ()
    suppresses: tuple[int, ...] = ()


class PatchPreviews:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches) -> None:
        self._lab, self._patches = lab, patches

    async def preview(self, query: PreviewPatch, heard: Heard = unheard) -> PatchPreviewed:
        """Nothing is kept.

        Args:
            heard: told how far one is that is made of prompts.

        Raises:
            NotFound, Incompatible, Invalid, Unsupported, TooLarge: what it is made of is not here, or does not fit.
        """
        async with self._patches.in_force([PatchMember(source=query.source)], query.model, heard) as force:
            patch, (hash,) = force.members[0].patch, force.hashes
            read = await self._lab.device.do(Priority.CLICK, lambda: _read(force.loaded.model, patch))
        return PatchPreviewed(
            id=query.id,
            model=force.loaded.slug,
            hash=hash,
            kept=self._kept(hash),
            patch=patch,
            says=force.says[0],
            **read._asdict(),
        )

    def _kept(self, hash: str) -> str:
        try:
            found = self._patches.library.get(hash)
        except NotFound:
            return ""
        return found.name if found.put_away is None else ""


def _read(model: Model, patch: Patch) -> _Read:
    if not isinstance(patch, Steer | Ablate | Scale):
        return _Read()
    moved = written_by(model.unembed, unpacked(patch.direction))
    most, least = (moved.topk(SHOWN, largest=largest).indices.tolist() for largest in (True, False))
    usual = usual_length(model, model.place().site(patch.site)) if isinstance(patch, Steer) else None
    return _Read(usual, tuple(most), tuple(least))
