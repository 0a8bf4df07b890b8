"""Patches: made of what somebody points at, put in force in a model, written out.

Belongs to the event loop's thread; tensors stay on the device's.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, Patch, Place, Placed, compiled, placed
from microscope.core.patches.scale import whose
from microscope.core.patches.scope import Everywhere, Scope, WhereFires
from microscope.engine.device import Priority
from microscope.errors import Invalid, NotFound, TooLarge
from microscope.lab import Lab, Loaded
from microscope.services.feature_reading import FeatureReadings, check_feature, out_of, site_of
from microscope.services.features import Features
from microscope.services.models import Models
from microscope.services.patch_directions import Heard, PatchDirections, called, lasting, unheard
from microscope.services.patch_library import MadeFor, PatchLibrary, hash_of, says_of
from microscope.services.patch_making import Feature, make
from microscope.services.patch_places import PatchPlaces
from microscope.services.patch_sets import PatchSets, name_of_members
from microscope.services.saes import Saes
from microscope.store.sae_content import computes_of
from microscope.wire.patch_scopes import AskedScope, WhereFeatureFires
from microscope.wire.patches import (
    MEMBERS_MAX,
    FromAdapter,
    FromContent,
    FromFeature,
    FromLibrary,
    Named,
    NamedPatch,
    NewPatch,
    NewPatchSet,
    Origin,
    PatchInfo,
    PatchMember,
    PatchSet,
    PatchSource,
)


class InForce(NamedTuple):
    """Patches as a model takes them; the model is pinned."""

    loaded: Loaded
    members: tuple[Member, ...]
    says: tuple[str, ...]
    """What each member does at its strength, in words."""

    place: Place
    placed: tuple[Placed, ...]
    asked: tuple[PatchMember, ...]
    """What each member was asked for as; those of a set that was named stand in its place."""

    @property
    def set(self) -> str | None:
        """The name of all of them as a set, kept or not; None of none."""
        return name_of_members(self.members) if self.members else None

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
        self.directions = PatchDirections(lab)

    async def create(self, new: NewPatch) -> PatchInfo:
        """Keep a patch; the same content has the same name, and what was said of it first stands.

        Raises:
            NotFound, Incompatible, Invalid, Unsupported: what it is made of is not here, or does not fit the model.
        """
        async with self.in_force([PatchMember(source=new.source)], new.model) as force:
            await self._places.keep(force.members, force.loaded.folder)
            return await self._kept(force.members[0].patch, new.source, force, new.name.strip())

    async def create_set(self, new: NewPatchSet) -> PatchSet:
        """Keep patches, and a set of them, for texts that are run with it.

        Raises:
            NotFound, Incompatible, Invalid, Unsupported: as `create` says.
        """
        async with self.in_force(new.members, new.model) as force:
            await self._places.keep(force.members, force.loaded.folder)
            for asked, member in zip(force.asked, force.members, strict=True):
                if asked in new.members and not isinstance(asked.source, FromLibrary):
                    await self._kept(member.patch, asked.source, force)
            return self.sets.keep(force.members)

    # ── In force ─────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def in_force(
        self, members: Sequence[PatchMember], model: str | None, heard: Heard = unheard
    ) -> AsyncGenerator[InForce]:
        """Patches compiled for a model, which stays in memory until they are let go.

        Args:
            members: a set that is named acts as its own members.
            model: slug; that of the first feature's dictionary by default, else the current one.
            heard: told how far one is that is made of prompts.

        Raises:
            As `create` says; Invalid also of a set that is given a scope.
            TooLarge: more than `MEMBERS_MAX`.
        """
        members = self._one_by_one(members)
        loaded = await self._models.resident(model or await self._model_of(members))
        with self._lab.models.pinned(loaded.slug):
            resolved = tuple(
                [
                    Member(
                        patch=await self._resolved(one.source, loaded, heard),
                        strength=one.strength,
                        scope=await self.scope(one.scope),
                    )
                    for one in members
                ]
            )
            place = await self._places.place(loaded, resolved)
            # Also of strength 0: what does not fit is refused before somebody moves the slider.
            for one in resolved:
                compiled(one, place, 1.0)
            says = [await self._says(asked.source, one, loaded) for asked, one in zip(members, resolved, strict=True)]
            yield InForce(loaded, resolved, tuple(says), place, placed(resolved, place), members)

    def _one_by_one(self, members: Sequence[PatchMember]) -> tuple[PatchMember, ...]:
        """With the members of each set that is named in its place."""
        found = tuple(one for member in members for one in self._each(member))
        if len(found) > MEMBERS_MAX:
            raise TooLarge(
                f"{len(found)} patches are to act together, those of sets counted singly; at most {MEMBERS_MAX} do.",
                next="Leave some out.",
            )
        return found

    def _each(self, member: PatchMember) -> Sequence[PatchMember]:
        source = member.source
        if not isinstance(source, FromLibrary) or self.library.holds(source.hash):
            return (member,)
        try:
            kept = self.sets.get(source.hash)
        except NotFound as error:
            raise NotFound(f"There is no patch and no set of patches {source.hash!r} here.", next=error.next) from error
        if not isinstance(member.scope, Everywhere):
            raise Invalid(
                f"The set of patches {source.hash} has scopes of its own; a scope beside it says nothing.",
                next="Leave the scope out, or name the set's patches one by one.",
            )
        return [one.model_copy(update={"strength": _finite(one.strength * member.strength)}) for one in _asked_of(kept)]

    async def _model_of(self, members: Sequence[PatchMember]) -> str | None:
        for one in members:
            match one.source:
                case FromFeature(sae=sae):
                    return self._readings.model_of((await self._readings.meant(sae))[1])
                case FromLibrary(hash=hash):
                    return self.library.get(hash).model or None
                case _:
                    pass
        return None

    async def _resolved(self, source: PatchSource, loaded: Loaded, heard: Heard) -> Patch:
        match source:
            case FromContent():
                return source.patch.spelled()
            case FromLibrary():
                return self.library.get(source.hash).patch
            case FromAdapter():
                adapter = await self._places.adapter(source, loaded)
                # By its own settings, whatever those of a known one of the same tensors say.
                await asyncio.to_thread(loaded.model.low_rank, adapter)
                return Adapter(adapter=adapter.sha256)
            case FromFeature():
                feature = await self._feature(source, loaded)
                return await self._lab.device.do(Priority.CLICK, lambda: make(loaded.model, feature, source).spelled())
            case _:
                pointing = await self.directions.of(source, loaded, heard)
                return pointing.patch(source.kind, source.everywhere, source.writers).spelled()

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

    async def scope(self, asked: AskedScope) -> Scope:
        """As sets keep it: an SAE that is called by its name by the hash of what it computes.

        Raises:
            NotFound: no such SAE, or no such feature.
        """
        if not isinstance(asked, WhereFeatureFires):
            return asked
        sha256, site = asked.sae, asked.site
        if site is None:
            slug, _ = await self._readings.meant(asked.sae)
            entry = self._saes.library.get(slug)
            check_feature(slug, entry, asked.feature)
            sha256, site = await asyncio.to_thread(computes_of, entry), entry.spec.site
        return WhereFires(sae=sha256, site=site, feature=asked.feature, above=asked.above)

    async def _says(self, source: PatchSource, member: Member, loaded: Loaded) -> str:
        if isinstance(source, FromAdapter):
            return says_of(member.patch, member.strength, await self._places.origin(source, loaded))
        return self.library.says(member.patch, member.strength)

    async def _kept(self, patch: Patch, source: Origin, force: InForce, name: str = "") -> PatchInfo:
        origin = await self._places.origin(lasting(source), force.loaded)
        name = name or await self._named(origin, patch, force.loaded)
        return self.library.keep(patch, name, origin, force.made_for)

    async def _named(self, source: Origin, patch: Patch, loaded: Loaded) -> str:
        match source:
            case FromAdapter():
                return f"adapter {Path(source.adapter).name}"
            case FromContent():
                return says_of(patch, 1.0, source)
            case FromFeature():
                _, dictionary = await self._readings.meant(source.sae)
                labels, _ = await asyncio.to_thread(self._readings.said, dictionary, [source.feature])
                label = labels.get(source.feature, "")
                own = f", {whose(source.writers)}" if source.writers else ""
                return f"{source.kind} {source.sae} #{source.feature}{label and f': {label}'}{own}"
            case _:
                own = f", {whose(source.writers)}" if source.writers else ""
                return f"{source.kind} {called(source, loaded.model)}{own}"


def _finite(strength: float) -> float:
    if not math.isfinite(strength):
        raise no_number()
    return strength


def no_number() -> Invalid:
    """What to say of strengths that are too great."""
    return Invalid("With this strength the model computes what is no number.", next="Choose a strength nearer to 0.")


def named_members(named: Named) -> list[PatchMember]:
    """What is asked for by hash, as members."""
    each = (named,) if isinstance(named, str) else named
    given = [NamedPatch(hash=one) if isinstance(one, str) else one for one in each]
    return [PatchMember(source=FromLibrary(hash=one.hash), strength=one.strength, scope=one.scope) for one in given]


def _asked_of(kept: PatchSet) -> tuple[PatchMember, ...]:
    """The members of a set, as somebody asks for them."""
    return tuple(
        PatchMember.model_validate(
            {
                "source": FromContent(patch=one.patch, reads=one.reads),
                "strength": one.strength,
                "scope": one.scope.model_dump(),
            }
        )
        for one in kept.members
    )
