"""Patches as a model takes them: the SAEs and adapters that they read are found by their hashes and put at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Patch, Place
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.edits import LowRank
from microscope.core.saes.base import Sae
from microscope.engine import adapters
from microscope.errors import NotFound
from microscope.lab import Loaded
from microscope.services.adapters import find, lasting, named
from microscope.services.patch_library import PatchLibrary
from microscope.services.saes import Saes
from microscope.services.twins import computes_of
from microscope.wire.patches import FromAdapter, Origin


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
        self._folders[adapter.sha256] = str(adapter.folder)
        return adapter

    async def origin(self, source: Origin, loaded: Loaded) -> Origin:
        """What is written down of where a patch comes from: an adapter so that it is found again.

        Raises:
            As `adapter` says.
        """
        if not isinstance(source, FromAdapter):
            return source
        return FromAdapter(adapter=lasting(await self.adapter(source, loaded), loaded.folder))

    async def _sae(self, patch: Clamp, loaded: Loaded) -> Sae:
        return await self._saes.load(await asyncio.to_thread(self._slug, patch), loaded.slug)

    def _slug(self, patch: Clamp) -> str:
        """Of the SAE that a patch reads, whatever it is called. Reads the disk.

        Raises:
            NotFound: it is not here; says what it was called.
        """
        entries = [one for one in self._saes.library.list().entries.values() if one.spec.site == patch.site]
        slug = next((one.slug for one in entries if computes_of(one) == patch.sae), None)
        if slug is not None:
            return slug
        name = self._library.reads(patch)
        called = f" that was called {name!r} when the patch was made," if name else ""
        raise NotFound(
            f"The patch holds a feature of an SAE{called} whose tensors and rule have the hash {patch.sae[:12]}; "
            f"none here that reads {patch.site} has.",
            next="Put its files back, or import it with the configuration that it had: "
            "microscope import-sae PATH_OR_ID",
        )

    async def lacks(self, patches: Sequence[Patch], model_folder: Path | None) -> list[str]:
        """What these patches read that is not here, in words, each once.

        Args:
            model_folder: beside which adapters are looked for; None asks for none, since the model is not here either.
        """
        found = [await asyncio.to_thread(self._lacks, patch, model_folder) for patch in patches]
        return list(dict.fromkeys(filter(None, found)))

    def _lacks(self, patch: Patch, model_folder: Path | None) -> str:
        try:
            match patch:
                case Clamp():
                    self._slug(patch)
                case Adapter() if model_folder is not None:
                    self._adapter(patch.adapter, model_folder)
                case _:
                    pass
        except NotFound as lacking:
            return f"{lacking.error} {lacking.next}"
        return ""

    def _added(self, sha256: str, loaded: Loaded) -> tuple[LowRank, ...]:
        """What an adapter adds to a model. Reads the disk."""
        return loaded.model.low_rank(self._adapter(sha256, loaded.folder))

    def _adapter(self, sha256: str, model_folder: Path) -> adapters.Adapter:
        """
        Raises:
            NotFound: it is not here; says what it was called.
        """
        sources = (one.source for one in self._library.list(kind="adapter").items)
        folders = [source.adapter for source in sources if isinstance(source, FromAdapter)]
        lately = [self._folders[sha256]] if sha256 in self._folders else []
        called = self._library.reads(Adapter(adapter=sha256))
        return find(sha256, model_folder, [*lately, *folders], called)
