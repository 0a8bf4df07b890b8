"""Sets of patches, in order, each with its strength and scope: frozen, and named by the hash of all that is in them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from microscope.core.patches.base import Member, placed
from microscope.core.patches.scope import Generated, Prompt, Written
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.errors import Invalid, NoRoom, Trouble
from microscope.lab import Lab, Loaded
from microscope.services.patch_library import MadeFor, PatchLibrary, hash_of, says_of
from microscope.services.patch_places import PatchPlaces
from microscope.store.objects import Objects, name_of
from microscope.store.patches import SAID, SETS, kept_set, set_content
from microscope.wire.base import Wire
from microscope.wire.patches import FromContent, PatchInSet, PatchSet

REMEMBERED = 8
"""Sets that stay compiled for a model; a click on a text asks for its set anew."""


class SetSaid(Wire):
    """What is kept beside a set."""

    name: str = ""
    """As somebody called it; empty where nobody did."""

    made_at: float | None = None
    """Unix time; None where it was not written down."""


class PatchSets:
    """Belongs to the event loop's thread. A set holds its patches' content, so it stays what it was."""

    def __init__(self, lab: Lab, library: PatchLibrary, places: PatchPlaces) -> None:
        self._lab, self._library, self._places = lab, library, places
        self._compiled: WeakKeyDictionary[Model, OrderedDict[tuple[str, str], Edits]] = WeakKeyDictionary()
        """The newest of each model in memory."""

    def keep(self, members: Sequence[Member]) -> PatchSet:
        """The same members in the same order have the same name."""
        beside = {SAID: SetSaid(made_at=time.time()).model_dump(mode="json")}
        return self.get(self._lab.objects.put(SETS, set_content(members), beside))

    def take_in(self, kept: PatchSet, made_for: MadeFor) -> PatchSet:
        """One of a bundle: patches that the library lacks come into it. What was called something where the bundle was
        made keeps that name where nobody here gave it one."""
        for one in kept.members:
            source = FromContent(patch=one.patch, reads=one.reads)
            here = self._library.keep(one.patch, says_of(one.patch, 1.0, source), source, made_for)
            if here.name == here.says and (name := one.name.strip()):
                self._library.call(here.hash, name)
        taken = self.keep(members_of(kept))
        return self.call(taken.hash, kept.name) if kept.name and not taken.name else taken

    def call(self, hash: str, name: str) -> PatchSet:
        """Give a set another name, which is no part of its hash; an empty one takes it away.

        Raises:
            NotFound, Invalid: as `get` says.
        """
        kept_set(self._lab.objects, hash)
        said = said_of_set(self._lab.objects, hash).model_copy(update={"name": " ".join(name.split())})
        self._lab.objects.put_beside(SETS, hash, {SAID: said.model_dump(mode="json")})
        return self.get(hash)

    def get(self, hash: str) -> PatchSet:
        """
        Raises:
            NotFound: no such set is kept here.
            Invalid: its file cannot be read, or holds a kind that is not there.
        """
        members = kept_set(self._lab.objects, hash)
        return PatchSet(
            hash=hash,
            name=said_of_set(self._lab.objects, hash).name,
            members=tuple(
                PatchInSet(
                    hash=hash_of(one.patch),
                    patch=one.patch,
                    strength=one.strength,
                    scope=one.scope,
                    says=self._library.says(one.patch, one.strength),
                    reads=self._library.reads(one.patch),
                    name=self._library.name(hash_of(one.patch)),
                )
                for one in members
            ),
        )

    def made_for(self, hash: str) -> MadeFor:
        """The model that the first of its patches was made for.

        Raises:
            NotFound: no such set, or a patch that the library lacks.
            Invalid: as `get` says; a set of none.
        """
        members = kept_set(self._lab.objects, hash)
        if not members:
            raise Invalid(f"The set of patches {hash!r} is empty.", next="Name a set with a patch in it.")
        made = self._library.get(hash_of(members[0].patch))
        return MadeFor(made.model_name, made.weights_sha256)

    async def keep_tensors(self, members: Sequence[Member], model_folder: Path) -> None:
        """What they read beside their own content. See `PatchPlaces.keep`."""
        await self._places.keep(members, model_folder)

    async def lacks(self, hash: str, model_folder: Path | None) -> list[str]:
        """What its patches read that is not here, in words. See `PatchPlaces.lacks`."""
        return await self._places.lacks(kept_set(self._lab.objects, hash), model_folder)

    async def edits(self, hash: str, loaded: Loaded, written: Written) -> Edits:
        """What is in force in a text. Pin the model.

        Raises:
            NotFound: no such set, or what it reads is not here.
            Invalid: as `get` says.
            Incompatible, Unsupported: it does not fit the model.
        """
        compiled = self._compiled.setdefault(loaded.model, OrderedDict())
        named = self.named(hash, written)
        key = (hash, named.name)
        if key not in compiled:
            members = kept_set(self._lab.objects, hash)
            place = await self._places.place(loaded, members)
            with suppress(NoRoom):  # Of an older home: it goes on as it did.
                await self._places.keep(members, loaded.folder)
            compiled[key] = named._replace(placed=placed(members, place))
            while len(compiled) > REMEMBERED:
                compiled.popitem(last=False)
        compiled.move_to_end(key)
        return compiled[key]

    def named(self, hash: str, written: Written) -> Edits:
        """To be compared only: nothing is compiled, and what it reads may be gone.

        Their name is the same for sets and texts under which every position is computed alike, and empty where nothing
        is changed.
        """
        here = Edits((), written, f"{hash}@{','.join(f'{start}-{end}' for start, end in written)}", hash)
        try:
            members = kept_set(self._lab.objects, hash)
        except Trouble:
            return here
        scopes = [member.scope for member in members if member.strength]
        if not scopes:
            return here._replace(name="")
        by_text = any(isinstance(scope, Prompt | Generated) for scope in scopes)
        first = min(scope.first(written) for scope in scopes)
        return here._replace(name=here.name if by_text else hash, first=first)


def said_of_set(objects: Objects, hash: str) -> SetSaid:
    """
    Raises:
        NotFound, Invalid: as `Objects.get` says.
    """
    try:
        return SetSaid.model_validate(objects.get(SETS, hash).get(SAID, {}))
    except ValidationError:  # The set itself is what its hash says: it only has no name.
        return SetSaid()


def name_of_members(members: Sequence[Member]) -> str:
    return name_of(set_content(members))


def members_of(kept: PatchSet) -> tuple[Member, ...]:
    return tuple(Member(patch=one.patch, strength=one.strength, scope=one.scope) for one in kept.members)
