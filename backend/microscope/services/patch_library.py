"""The library of patches: kept under the hash of their content, found again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from microscope.core.patches import read_patch
from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Patch
from microscope.core.patches.clamp import Clamp
from microscope.errors import Invalid, Trouble, sentences
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.store.objects import name_of, one_of
from microscope.wire.base import Wire
from microscope.wire.patches import BrokenPatch, FromAdapter, FromContent, FromFeature, Origin, PatchInfo, PatchList

KIND = "patches"
MADE = "made"
"""Beside a patch's content: who it was made for and of what, no part of its name."""


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


class PatchLibrary:
    """May be asked from any thread."""

    def __init__(self, lab: Lab, models: Models) -> None:
        self._lab, self._models = lab, models

    def keep(self, patch: Patch, name: str, source: Origin, made_for: MadeFor) -> PatchInfo:
        """The same content has the same name, and what was said of it first stands: but for where an adapter lies."""
        made = _Made(name=name, source=source, **made_for._asdict(), made_at=time.time())
        hash = self._lab.objects.put(KIND, patch.model_dump(mode="json"), {MADE: made.model_dump(mode="json")})
        if said := self._instead(hash, patch, made):
            self._lab.objects.put_beside(KIND, hash, {MADE: said.model_dump(mode="json")})
        return self.get(hash)

    def get(self, hash: str) -> PatchInfo:
        """
        Raises:
            NotFound: no such patch is kept here.
            Invalid: its file cannot be read, or is of a kind that is not there.
        """
        content = self._lab.objects.get(KIND, hash)
        named = {key: value for key, value in content.items() if key != MADE}
        if (name := name_of(named)) != hash:
            raise self._lab.objects.damaged(KIND, hash, f"expected content of that hash, got content of {name}")
        try:
            patch, made = read_patch(named), _Made.model_validate(content.get(MADE))
        except ValidationError as error:
            raise self._lab.objects.damaged(KIND, hash, sentences(error.errors(), MADE)) from error
        except Invalid as error:
            raise of_a_kind_that_is_gone(KIND, hash, error) from error
        return PatchInfo(
            hash=hash,
            patch=patch,
            says=says_of(patch, 1.0, made.source),
            model=self._model_of_kept(made),
            **dict(made),
        )

    def list(self, q: str = "", kind: str = "") -> PatchList:
        """The last kept first. One that cannot be read hides none of the others.

        Args:
            q: part of a name or of what is said; any case.
            kind: only of this one.
        """
        kept: list[PatchInfo] = []
        broken: list[BrokenPatch] = []
        for hash in self._lab.objects.names(KIND):
            try:
                kept.append(self.get(hash))
            except Trouble as trouble:
                broken.append(BrokenPatch(hash=hash, error=trouble.error, next=trouble.next))
        sought = q.strip().casefold()
        found = (
            one
            for one in sorted(kept, key=lambda one: one.made_at, reverse=True)
            if (not kind or one.patch.kind == kind) and sought in f"{one.name} {one.says} {one.hash}".casefold()
        )
        return PatchList(items=tuple(found), broken=tuple(broken))

    def says(self, patch: Patch, strength: float) -> str:
        """In words, an adapter by its name where one is known here."""
        return patch.says(strength, self.reads(patch)) if isinstance(patch, Adapter) else patch.says(strength)

    def _instead(self, hash: str, patch: Patch, made: _Made) -> _Made | None:
        """What is to stand beside a patch that is kept, in the place of what does; None where that stands."""
        try:
            first = _Made.model_validate(self._lab.objects.get(KIND, hash).get(MADE))
        except ValidationError:
            return made
        if not isinstance(made.source, FromAdapter) or first.source == made.source:
            return None
        # One that nobody named was called by what it says, and it says more now.
        name = made.name if first.name == says_of(patch, 1.0, first.source) else first.name
        return first.model_copy(update={"name": name, "source": made.source})

    def reads(self, patch: Patch) -> str:
        """What the SAE or the adapter that it reads was called where patches were made of it; empty where none were."""
        sha256 = _read_by(patch)
        kept = self.list(kind=patch.kind).items if sha256 else ()
        return next((name for one in kept if _read_by(one.patch) == sha256 and (name := _named_in(one.source))), "")

    def _model_of_kept(self, made: _Made) -> str:
        record = self._models.record(made.weights_sha256, made.model_name)
        return record.slug if record else ""


def of_a_kind_that_is_gone(what: str, hash: str, error: Invalid) -> Invalid:
    """What is said of a patch, or of a set with one in it, of which nothing else is wrong."""
    return Invalid(
        f"The {one_of(what)} {hash} cannot be read: {error.error}",
        next="Put that kind's file back: docs/extending.md says where it goes.",
    )


def says_of(patch: Patch, strength: float, source: Origin) -> str:
    """In words, an adapter by its name where it was made: its content has its hash alone."""
    return patch.says(strength, _named_in(source)) if isinstance(patch, Adapter) else patch.says(strength)


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


def hash_of(patch: Patch) -> str:
    """Its name, kept or not."""
    return name_of(patch.model_dump(mode="json"))
