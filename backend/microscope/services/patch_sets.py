"""Sets of patches, in order, each with its strength and scope: frozen, and named by the hash of all that is in them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue, TypeAdapter

from microscope.core.patches.base import Member, placed
from microscope.engine.edits import Edits
from microscope.lab import Lab, Loaded
from microscope.services.patch_library import MadeFor, PatchLibrary, hash_of
from microscope.services.patch_places import PatchPlaces
from microscope.store.objects import name_of
from microscope.wire.patches import FromContent, PatchInSet, PatchSet

KIND = "patch-sets"

_MEMBERS: TypeAdapter[tuple[Member, ...]] = TypeAdapter(tuple[Member, ...])


class PatchSets:
    """Belongs to the event loop's thread. A set holds its patches' content, so it stays what it was."""

    def __init__(self, lab: Lab, library: PatchLibrary, places: PatchPlaces) -> None:
        self._lab, self._library, self._places = lab, library, places

    def keep(self, members: Sequence[Member], made_for: MadeFor) -> PatchSet:
        """The same members in the same order have the same name; patches that the library lacks come into it."""
        for one in members:
            self._library.keep(one.patch, one.patch.says(1.0), FromContent(patch=one.patch), made_for)
        return self.get(self._lab.objects.put(KIND, _content(members)))

    def get(self, hash: str) -> PatchSet:
        """
        Raises:
            NotFound: no such set is kept here.
        """
        members = self._members(hash)
        return PatchSet(
            hash=hash,
            members=tuple(
                PatchInSet(
                    hash=hash_of(one.patch),
                    patch=one.patch,
                    strength=one.strength,
                    scope=one.scope,
                    says=one.patch.says(one.strength),
                )
                for one in members
            ),
        )

    async def edits(self, hash: str, loaded: Loaded, n_prompt: int) -> Edits:
        """What is in force in a text. Pin the model.

        Raises:
            NotFound: no such set, or what it reads is not here.
            Incompatible, Unsupported: it does not fit the model.
        """
        members = self._members(hash)
        place = await self._places.place(loaded, [one.patch for one in members])
        return Edits(placed(members, place), n_prompt)

    def _members(self, hash: str) -> tuple[Member, ...]:
        return _MEMBERS.validate_python(self._lab.objects.get(KIND, hash)["members"])


def name_of_members(members: Sequence[Member]) -> str:
    return name_of(_content(members))


def _content(members: Sequence[Member]) -> dict[str, JsonValue]:
    return {"members": _MEMBERS.dump_python(tuple(members), mode="json")}


def members_of(kept: PatchSet) -> tuple[Member, ...]:
    return tuple(Member(patch=one.patch, strength=one.strength, scope=one.scope) for one in kept.members)
