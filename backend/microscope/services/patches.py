"""Patches: made of what somebody points at, put in force in a model, written out.

Belongs to the event loop's thread; tensors stay on the device's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, Patch, Place, Placed, placed
from microscope.core.patches.weights import weight_edits
from microscope.engine.adapter_export import adapter_files
from microscope.engine.device import Priority
from microscope.lab import Lab, Loaded
from microscope.services.feature_reading import FeatureReadings, check_feature, out_of, site_of
from microscope.services.features import Features
from microscope.services.models import Models
from microscope.services.patch_library import MadeFor, PatchLibrary, hash_of, says_of
from microscope.services.patch_making import Feature, make
from microscope.services.patch_places import PatchPlaces
from microscope.services.patch_sets import PatchSets
from microscope.services.saes import Saes
from microscope.services.twins import computes_of
from microscope.store.archives import zipped
from microscope.store.objects import name_of
from microscope.wire.patches import (
    ExportPatches,
    FromAdapter,
    FromContent,
    FromFeature,
    FromLibrary,
    NewPatch,
    NewPatchSet,
    Origin,
    PatchInfo,
    PatchMember,
    PatchSet,
    PatchSource,
)

PROVENANCE = "microscope.json"
"""In an adapter's folder: which patches of which weights it is; PEFT passes it over."""


class InForce(NamedTuple):
    """Patches as a model takes them; the model is pinned."""

    loaded: Loaded
    members: tuple[Member, ...]
    says: tuple[str, ...]
    """What each member does at its strength, in words."""

    place: Place
    placed: tuple[Placed, ...]

    @property
    def made_for(self) -> MadeFor:
        info = self.loaded.model.info
        return MadeFor(info.name, info.weights_sha256)

    @property
    def hashes(self) -> tuple[str, ...]:
        return tuple(hash_of(member.patch) for member in self.members)


class Patches:
    """See the head of this file."""

    def __init__(
        self,
        lab: Lab,
        models: Models,
        saes: Saes,
        readings: FeatureReadings,
        features: Features,
        library: PatchLibrary,
        places: PatchPlaces,
        sets: PatchSets,
    ) -> None:
        self._lab, self._models, self._saes = lab, models, saes
        self._readings, self._features = readings, features
        self.library, self._places, self.sets = library, places, sets

    async def create(self, new: NewPatch) -> PatchInfo:
        """Keep a patch; the same content has the same name, and what was said of it first stands.

        Raises:
            NotFound, Incompatible, Invalid, Unsupported: what it is made of is not here, or does not fit the model.
        """
        async with self.in_force([PatchMember(source=new.source)], new.model) as force:
            return await self._kept(force.members[0].patch, new.source, force, new.name.strip())

    async def create_set(self, new: NewPatchSet) -> PatchSet:
        """Keep patches, and a set of them, for texts that are run with it.

        Raises:
            NotFound, Incompatible, Invalid, Unsupported: as `create` says.
        """
        async with self.in_force(new.members, new.model) as force:
            for asked, member in zip(new.members, force.members, strict=True):
                if not isinstance(asked.source, FromLibrary):
                    await self._kept(member.patch, asked.source, force)
            return self.sets.keep(force.members)

    async def export(self, request: ExportPatches) -> tuple[str, bytes]:
        """A name, and a zip of a folder of that name that PEFT loads: the composed change of the weights as they are.

        Raises:
            Unsupported: members that no adapter can hold; says which.
            Invalid: all are of strength 0.
            NotFound, Incompatible: as `create` says.
        """
        async with self.in_force(request.members, request.model) as force:
            model = force.loaded.model
            edits = weight_edits(force.members, force.place)
            files = await self._lab.device.do(Priority.CLICK, lambda: adapter_files(model, edits))
            members: list[JsonValue] = [member.model_dump(mode="json") for member in force.members]
            said: dict[str, JsonValue] = {
                "weights_sha256": model.info.weights_sha256,
                "model_name": model.info.name,
                "members": members,
            }
        name = f"patch-{name_of(said)}"
        files[PROVENANCE] = json.dumps(said, indent=2, ensure_ascii=False).encode()
        return name, await asyncio.to_thread(zipped, name, files)

    # ── In force ─────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def in_force(self, members: Sequence[PatchMember], model: str | None) -> AsyncGenerator[InForce]:
        """Patches compiled for a model, which stays in memory until they are let go.

        Args:
            model: slug; that of the first feature's dictionary by default, else the current one.

        Raises:
            As `create` says.
        """
        loaded = await self._models.resident(model or await self._model_of(members))
        with self._lab.models.pinned(loaded.slug):
            resolved = tuple(
                [
                    Member(patch=await self._resolved(one.source, loaded), strength=one.strength, scope=one.scope)
                    for one in members
                ]
            )
            place = await self._places.place(loaded, [one.patch for one in resolved])
            # Also of strength 0: what does not fit is refused before somebody moves the slider.
            for one in resolved:
                one.patch.compile(1.0, place)
            says = [await self._says(asked.source, one, loaded) for asked, one in zip(members, resolved, strict=True)]
            yield InForce(loaded, resolved, tuple(says), place, placed(resolved, place))

    async def _model_of(self, members: Sequence[PatchMember]) -> str | None:
        for one in members:
            match one.source:
                case FromFeature(sae=sae):
                    return self._readings.model_of((await self._readings.meant(sae))[1])
                case FromLibrary(hash=hash):
                    return self.library.get(hash).model or None
                case FromContent() | FromAdapter():
                    pass
        return None

    async def _resolved(self, source: PatchSource, loaded: Loaded) -> Patch:
        match source:
            case FromContent():
                return source.patch
            case FromLibrary():
                return self.library.get(source.hash).patch
            case FromAdapter():
                return Adapter(adapter=(await self._places.adapter(source, loaded)).sha256)
            case FromFeature():
                feature = await self._feature(source, loaded)
                return await self._lab.device.do(Priority.CLICK, lambda: make(loaded.model, feature, source))

    async def _feature(self, source: FromFeature, loaded: Loaded) -> Feature:
        slug, dictionary = await self._readings.meant(source.sae)
        sae = await self._saes.load(slug, loaded.slug)
        check_feature(slug, sae, source.feature)
        return Feature(
            sae=sae,
            computes=await asyncio.to_thread(lambda: computes_of(self._saes.library.get(slug))),
            number=source.feature,
            site=site_of(slug, sae),
            out=out_of(slug, sae),
            largest=self._features.largest(dictionary, source.feature),
        )

    async def _says(self, source: PatchSource, member: Member, loaded: Loaded) -> str:
        if isinstance(source, FromAdapter):
            return says_of(member.patch, member.strength, await self._places.origin(source, loaded))
        return self.library.says(member.patch, member.strength)

    async def _kept(self, patch: Patch, source: Origin, force: InForce, name: str = "") -> PatchInfo:
        origin = await self._places.origin(source, force.loaded)
        return self.library.keep(patch, name or await self._named(origin, patch), origin, force.made_for)

    async def _named(self, source: Origin, patch: Patch) -> str:
        match source:
            case FromAdapter():
                return f"adapter {Path(source.adapter).name}"
            case FromContent():
                return says_of(patch, 1.0, source)
            case FromFeature():
                _, dictionary = await self._readings.meant(source.sae)
                labels, _ = await asyncio.to_thread(self._readings.said, dictionary, [source.feature])
                label = labels.get(source.feature, "")
                return f"{source.kind} {source.sae} #{source.feature}{label and f': {label}'}"
