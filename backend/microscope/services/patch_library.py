"""The library of patches: kept under the hash of their content, found again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Patch
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import unpacked
from microscope.errors import Trouble, sentences
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.store.enabled_patches import enabled, switch
from microscope.store.files import Folder
from microscope.store.objects import name_of
from microscope.store.patches import MADE, PATCHES, kept_patch
from microscope.wire.base import Wire
from microscope.wire.patch_sources import FromFile
from microscope.wire.patches import (
    BrokenPatch,
    ContentInList,
    FromAdapter,
    FromContent,
    FromFeature,
    Origin,
    PatchInfo,
    PatchList,
    PatchRow,
)


class MadeFor(NamedTuple):
    """A model."""

    model_name: str
    weights_sha256: str


class _Made(Wire):
    name: str
    source: Origin
    model_name: str
    weights_sha256: str
    made_at: float
    put_away: float | None = None


class PatchLibrary:
    """May be asked from any thread."""

    def __init__(self, lab: Lab, models: Models) -> None:
        self._lab, self._models = lab, models

    @property
    def folder(self) -> Folder:
        """The home folder, where adapters that were imported lie, too."""
        return self._lab.folder

    def keep(self, patch: Patch, name: str, source: Origin, made_for: MadeFor) -> PatchInfo:
        """The same content has the same name, and what was said of it first stands: but for where an adapter lies."""
        made = _Made(name=name, source=source, **made_for._asdict(), made_at=time.time())
        hash = self._lab.objects.put(PATCHES, patch.model_dump(mode="json"), {MADE: made.model_dump(mode="json")})
        if said := self._instead(hash, patch, made):
            self._lab.objects.put_beside(PATCHES, hash, {MADE: said.model_dump(mode="json")})
        return self.get(hash)

    def take_back(self, hash: str) -> None:
        """A patch that was kept a moment ago by what then failed, and that nobody was told of."""
        self._lab.objects.take_back(PATCHES, hash)

    def holds(self, hash: str) -> bool:
        """Whether a patch of that hash is kept here, readable or not."""
        return self._lab.objects.holds(PATCHES, hash)

    def get(self, hash: str) -> PatchInfo:
        """
        Raises:
            NotFound: no such patch is kept here.
            Invalid: its file cannot be read, or is of a kind that is not there.
        """
        patch, beside = kept_patch(self._lab.objects, hash)
        try:
            made = _Made.model_validate(beside)
        except ValidationError as error:
            raise self._lab.objects.damaged(PATCHES, hash, sentences(error.errors(), MADE)) from error
        return PatchInfo(
            hash=hash,
            patch=patch,
            where=patch.where(),
            says=says_of(patch, 1.0, made.source),
            model=self._model_of_kept(made),
            enabled=hash in enabled(self._lab.folder),
            **dict(made),
        )

    def list(self, q: str = "", kind: str = "", away: bool = False) -> PatchList:
        """The last kept first. One that cannot be read hides none of the others.

        Args:
            q: words, each part of a name, of what is said or of what it was made of; any case.
            kind: only of this one.
            away: those that were put away in the place of those that are on the list.
        """
        kept, broken = self._all()
        sought = q.casefold().split()
        found = (
            one
            for one in kept
            if (not kind or one.patch.kind == kind)
            and (one.put_away is not None) == away
            and all(word in _said_of(one) for word in sought)
        )
        return PatchList(items=tuple(map(_row, found)), broken=tuple(broken))

    def put_away(self, hash: str) -> None:
        """Off the list, and switched off. It stays what it is: what holds it or names it goes on working.

        Raises:
            NotFound, Invalid: as `get` says.
        """
        if self.get(hash).put_away is None:
            switch(self._lab.folder, hash, None)
            self._say(hash, put_away=time.time())

    def restore(self, hash: str) -> PatchInfo:
        """On the list again.

        Raises:
            NotFound, Invalid: as `get` says.
        """
        if self.get(hash).put_away is not None:
            self._say(hash, put_away=None)
        return self.get(hash)

    def name(self, hash: str) -> str:
        """Of one; empty where it is not here, or cannot be read."""
        try:
            return self.get(hash).name
        except Trouble:
            return ""

    def call(self, hash: str, name: str) -> PatchInfo:
        """Give it another name, which is no part of its hash.

        Raises:
            NotFound, Invalid: as `get` says.
        """
        if self.get(hash).name != name:
            self._say(hash, name=name)
        return self.get(hash)

    def names(self) -> dict[str, str]:
        """Of all that are kept, put away or not, by their hashes."""
        return {one.hash: one.name for one in self._all()[0]}

    def says(self, patch: Patch, strength: float) -> str:
        """In words, an adapter by its name where one is known here."""
        return patch.says(strength, self.reads(patch)) if isinstance(patch, Adapter) else patch.says(strength)

    def _instead(self, hash: str, patch: Patch, made: _Made) -> _Made | None:
        """What is to stand beside a patch that is kept, in the place of what does; None where that stands."""
        try:
            first = _Made.model_validate(self._lab.objects.get(PATCHES, hash).get(MADE))
        except ValidationError:
            return made
        if not isinstance(made.source, FromAdapter) or first.source == made.source:
            return None if first.put_away is None else first.model_copy(update={"put_away": None})
        # One that nobody named was called by what it says, and it says more now.
        name = made.name if first.name == says_of(patch, 1.0, first.source) else first.name
        return first.model_copy(update={"name": name, "source": made.source, "put_away": None})

    def reads(self, patch: Patch) -> str:
        """What the SAE or the adapter that it reads was called where patches were made of it; empty where none were."""
        sha256 = _read_by(patch)
        kept = self._all()[0] if sha256 else ()
        return next((name for one in kept if _read_by(one.patch) == sha256 and (name := _named_in(one.source))), "")

    def _all(self) -> tuple[list[PatchInfo], list[BrokenPatch]]:
        """The last kept first, and what cannot be read."""
        kept: list[PatchInfo] = []
        broken: list[BrokenPatch] = []
        for hash in self._lab.objects.names(PATCHES):
            try:
                kept.append(self.get(hash))
            except Trouble as trouble:
                broken.append(BrokenPatch(hash=hash, error=trouble.error, next=trouble.next))
        return sorted(kept, key=lambda one: one.made_at, reverse=True), broken

    def _say(self, hash: str, **changed: object) -> None:
        """Change what is kept beside a patch that can be read."""
        made = _Made.model_validate(self._lab.objects.get(PATCHES, hash)[MADE])
        self._lab.objects.put_beside(PATCHES, hash, {MADE: made.model_copy(update=changed).model_dump(mode="json")})

    def _model_of_kept(self, made: _Made) -> str:
        record = self._models.record(made.weights_sha256, made.model_name)
        return record.slug if record else ""


def says_of(patch: Patch, strength: float, source: Origin) -> str:
    """In words, an adapter by its name where it was made: its content has its hash alone."""
    return patch.says(strength, _named_in(source)) if isinstance(patch, Adapter) else patch.says(strength)


def _without_content(source: FromContent) -> ContentInList:
    return ContentInList(type="content", reads=source.reads, run=source.run)


def _row(one: PatchInfo) -> PatchRow:
    source, direction = one.source, getattr(one.patch, "direction", None)
    return PatchRow(
        kind=one.patch.kind,
        d=None if direction is None else len(unpacked(direction)),
        source=_without_content(source) if isinstance(source, FromContent) else source,
        **{name: value for name, value in one if name not in ("patch", "source")},
    )


def _said_of(one: PatchInfo) -> str:
    """What a search goes through."""
    of = _named_in(one.source) or one.source.type
    return f"{one.name} {one.says} {of} {one.hash}".casefold()


def _read_by(patch: Patch) -> str:
    """Hash of the SAE or the adapter that a patch reads; empty where it reads none."""
    match patch:
        case Clamp():
            return patch.sae
        case Adapter():
            return patch.adapter
        case _:
            return ""


def _named_in(source: Origin) -> str:
    match source:
        case FromFeature():
            return source.sae
        case FromAdapter():
            return Path(source.adapter).name
        case FromContent():
            return source.reads
        case FromFile():
            return Path(source.path).name
        case _:
            return ""


def hash_of(patch: Patch) -> str:
    """Its name, kept or not."""
    return name_of(patch.model_dump(mode="json"))
