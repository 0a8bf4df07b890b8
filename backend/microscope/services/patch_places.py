"""Patches as a model takes them: the SAEs and adapters that they read are found by their hashes and put at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Patch, Place
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.edits import LowRank
from microscope.core.saes.base import Sae
from microscope.engine import adapters
from microscope.errors import NotFound
from microscope.lab import Loaded
from microscope.services.adapters import find, named
from microscope.services.patch_library import PatchLibrary
from microscope.services.saes import Saes
from microscope.services.twins import computes_of
from microscope.wire.patches import FromAdapter


class PatchPlaces:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, saes: Saes, library: PatchLibrary) -> None:
        self._saes, self._library = saes, library
        self._folders: dict[str, str] = {}
        """Of adapters that were named since the server started, by hash."""

    async def place(self, loaded: Loaded, patches: Sequence[Patch]) -> Place:
        """With all that these patches read at hand. Pin the model.

        Raises:
            NotFound: an SAE or an adapter that is not here.
            Incompatible, Invalid, Unsupported: one that does not fit the model.
        """
        saes = {
            one.sae: await self._sae(one, loaded)
            for one in dict.fromkeys(one for one in patches if isinstance(one, Clamp))
        }
        added = {
            sha256: await asyncio.to_thread(self._added, sha256, loaded)
            for sha256 in dict.fromkeys(one.adapter for one in patches if isinstance(one, Adapter))
        }
        return loaded.model.place(saes.__getitem__, added.__getitem__)

    async def adapter(self, source: FromAdapter, loaded: Loaded) -> adapters.Adapter:
        """
        Raises:
            NotFound, Invalid, Unsupported: nothing is there, or no plain LoRA.
        """
        adapter = await asyncio.to_thread(named, source.adapter, loaded.folder)
        self._folders[adapter.sha256] = source.adapter
        return adapter

    async def _sae(self, patch: Clamp, loaded: Loaded) -> Sae:
        def named_so() -> str | None:
            entries = [one for one in self._saes.library.list().entries.values() if one.spec.site == patch.site]
            return next((one.slug for one in entries if computes_of(one) == patch.sae), None)

        slug = await asyncio.to_thread(named_so)
        if slug is None:
            raise NotFound(
                f"The patch holds a feature of an SAE whose tensors and rule have the hash {patch.sae[:12]}; "
                f"none here that reads {patch.site} has.",
                next="Import that SAE, with the configuration that it had.",
            )
        return await self._saes.load(slug, loaded.slug)

    def _added(self, sha256: str, loaded: Loaded) -> tuple[LowRank, ...]:
        """What an adapter adds to a model. Reads the disk."""
        sources = (one.source for one in self._library.list(kind="adapter"))
        folders = [source.adapter for source in sources if isinstance(source, FromAdapter)]
        lately = [self._folders[sha256]] if sha256 in self._folders else []
        return loaded.model.low_rank(find(sha256, loaded.folder, [*lately, *folders]))
