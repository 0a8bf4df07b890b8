"""The library of patches: kept under the hash of their content, found again."""

from __future__ import annotations

import time
from typing import NamedTuple

from pydantic import JsonValue, TypeAdapter

from microscope.core.patches import read_patch
from microscope.core.patches.base import Patch
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.store.objects import name_of
from microscope.wire.patches import Origin, PatchInfo

KIND = "patches"
MADE = "made"
"""Beside a patch's content: who it was made for and of what, no part of its name."""

_MADE: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class MadeFor(NamedTuple):
    """A model."""

    model_name: str
    weights_sha256: str


class PatchLibrary:
    """May be asked from any thread."""

    def __init__(self, lab: Lab, models: Models) -> None:
        self._lab, self._models = lab, models

    def keep(self, patch: Patch, name: str, source: Origin, made_for: MadeFor) -> PatchInfo:
        """The same content has the same name, and what was said of it first stands."""
        made: dict[str, JsonValue] = {
            "name": name,
            "source": source.model_dump(mode="json"),
            **made_for._asdict(),
            "made_at": time.time(),
        }
        return self.get(self._lab.objects.put(KIND, patch.model_dump(mode="json"), {MADE: made}))

    def get(self, hash: str) -> PatchInfo:
        """
        Raises:
            NotFound: no such patch is kept here.
        """
        content = self._lab.objects.get(KIND, hash)
        made = _MADE.validate_python(content.pop(MADE))
        patch = read_patch(content)
        model = self._model_of_kept(made)
        info = {"hash": hash, "patch": patch, "says": patch.says(1.0), "model": model or "", **made}
        return PatchInfo.model_validate(info)

    def list(self, q: str = "", kind: str = "") -> tuple[PatchInfo, ...]:
        """The last kept first.

        Args:
            q: part of a name or of what is said; any case.
            kind: only of this one.
        """
        kept = (self.get(hash) for hash in self._lab.objects.names(KIND))
        sought = q.strip().casefold()
        return tuple(
            one
            for one in kept
            if (not kind or one.patch.kind == kind) and sought in f"{one.name} {one.says} {one.hash}".casefold()
        )

    def _model_of_kept(self, made: dict[str, JsonValue]) -> str | None:
        record = self._models.record(str(made["weights_sha256"]), str(made["model_name"]))
        return record.slug if record else None


def hash_of(patch: Patch) -> str:
    """Its name, kept or not."""
    return name_of(patch.model_dump(mode="json"))
