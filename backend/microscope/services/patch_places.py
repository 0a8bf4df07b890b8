"""Patches as a model takes them: the SAEs and adapters that they read are found by their hashes and put at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, Place
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.edits import LowRank, Rows
from microscope.core.patches.reads import FeatureRead, features_read
from microscope.core.saes.one_feature import OneFeature, one_feature
from microscope.engine import adapters
from microscope.engine.adapter_folders import find, lasting, named
from microscope.engine.memory import ran_out
from microscope.engine.sae_fit import Reader, check_fit
from microscope.errors import NoRoom, NotFound
from microscope.lab import Loaded
from microscope.services.patch_library import PatchLibrary
from microscope.services.patch_tensors import adapters_read, keep
from microscope.services.saes import Saes
from microscope.store import patch_folders
from microscope.store.patch_saes import feature_of, kept
from microscope.store.sae_content import computing
from microscope.wire.patches import FromAdapter, Origin


class PatchPlaces:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, saes: Saes, library: PatchLibrary) -> None:
        self._saes, self._library = saes, library
        self._folders: dict[str, str] = {}
        """Of adapters that were named since the server started, by hash."""

    async def place(self, loaded: Loaded, members: Sequence[Member]) -> Place:
        """With all that these read at hand. Pin the model.

        Raises:
            NotFound: an SAE or an adapter that is not here.
            Incompatible, Invalid, Unsupported: one that does not fit the model.
            NoRoom: the device has no memory left for them; none is in force.
        """
        try:
            read = {(one.sae, one.feature): await self._feature(one, loaded) for one in features_read(members)}
            added = {sha256: await asyncio.to_thread(self._added, sha256, loaded) for sha256 in adapters_read(members)}
        except (MemoryError, RuntimeError) as error:
            if not ran_out(error):
                raise
            raise NoRoom(
                f"{loaded.model.device} ran out of memory while patches were put there; none of them is in force.",
                next="Unload an SAE or a model that is not needed, or take patches off.",
            ) from error
        return loaded.model.place(lambda sha256, feature: read[sha256, feature], added.__getitem__)

    async def keep(self, members: Sequence[Member], model_folder: Path) -> None:
        """Copy what these read below the home folder, once, so that it stays what it is.

        Args:
            model_folder: beside which adapters are looked for.

        Raises:
            NotFound, Invalid: an adapter that is not here, or that is changed while it is copied.
            NoRoom: the disk is full.
        """
        folder, library = self._library.folder, self._saes.library
        await asyncio.to_thread(keep, folder, library, members, lambda sha256: self._adapter(sha256, model_folder))

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

    async def _feature(self, read: FeatureRead, loaded: Loaded) -> OneFeature:
        """Of the SAE of the library that is read, whatever it is called; else as it was kept.

        Raises:
            NotFound: it is not here; says what it was called.
        """
        entry = await asyncio.to_thread(computing, self._saes.library, read.sae, read.site)
        if entry is not None:
            return one_feature(await self._saes.load(entry.slug, loaded.slug), read.feature)
        kept = await asyncio.to_thread(feature_of, self._library.folder, read)
        if kept is None:
            raise self._gone(read)
        check_fit(self._called(read) or read.sae[:12], kept.sae.spec, Reader.of(loaded.model.info))
        return kept._replace(sae=await self._saes.on_device(kept.sae, loaded))

    def _called(self, read: FeatureRead) -> str:
        return self._library.reads(read) if isinstance(read, Clamp) else ""

    def _gone(self, read: FeatureRead) -> NotFound:
        name = self._called(read)
        called = f" that was called {name!r} when the patch was made," if name else ""
        does = "holds a feature" if isinstance(read, Clamp) else "acts where a feature fires"
        return NotFound(
            f"The patch {does} of an SAE{called} whose tensors and rule have the hash {read.sae[:12]}; none here that "
            f"reads {read.site} has.",
            next="Put its files back, or import it with the configuration that it had: "
            "microscope import-sae PATH_OR_ID",
        )

    async def lacks(self, members: Sequence[Member], model_folder: Path | None) -> list[str]:
        """What these read that is not here, in words, each once.

        Args:
            model_folder: beside which adapters are looked for; None asks for none, since the model is not here either.
        """
        loras = [one.patch for one in members if isinstance(one.patch, Adapter)]
        read = (*features_read(members), *loras)
        found = [await asyncio.to_thread(self._lacks, one, model_folder) for one in read]
        return list(dict.fromkeys(filter(None, found)))

    def _lacks(self, read: FeatureRead | Adapter, model_folder: Path | None) -> str:
        try:
            if not isinstance(read, Adapter):
                found = computing(self._saes.library, read.sae, read.site) or kept(self._library.folder, read)
                if found is None:
                    raise self._gone(read)
            elif model_folder is not None:
                self._adapter(read.adapter, model_folder)
        except NotFound as lacking:
            return f"{lacking.error} {lacking.next}"
        return ""

    def _added(self, sha256: str, loaded: Loaded) -> tuple[LowRank | Rows, ...]:
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
        lately += map(str, patch_folders.kept(self._library.folder, sha256))
        called = self._library.reads(Adapter(adapter=sha256))
        return find(sha256, model_folder, [*lately, *folders], called)
