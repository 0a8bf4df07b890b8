"""Patches as files for other programs: a LoRA for PEFT, merged weights, steering vectors for repeng."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue
from torch import Tensor

from microscope.core.patches.base import Member
from microscope.core.patches.direction import unpacked
from microscope.core.patches.scope import Everywhere
from microscope.core.patches.steer import Steer
from microscope.core.patches.weights import weight_edits
from microscope.core.sites import parse_site
from microscope.engine.adapter_export import adapter_files
from microscope.engine.device import Priority
from microscope.engine.merged_export import write_merged
from microscope.errors import Invalid, NoRoom, Unsupported
from microscope.lab import Lab
from microscope.services.patch_library import hash_of
from microscope.services.patch_sets import name_of_members
from microscope.services.patches import InForce, Patches, named_members
from microscope.store.archives import zip_folder
from microscope.store.patch_formats.vectors import as_gguf, as_safetensors
from microscope.wire.patch_files import ExportFormat, ExportPatches
from microscope.wire.patches import PatchMember

PROVENANCE = "microscope.json"
"""In the folder: which set of which patches of which weights it is; other programs pass it over."""


class Exported(NamedTuple):
    """A zip of a folder."""

    name: str
    """Of the folder; the zip's own is the same with .zip."""

    file: Path
    """Whoever has sent it deletes it: `done`."""

    def done(self) -> None:
        shutil.rmtree(self.file.parent, ignore_errors=True)


class PatchExports:
    """Belongs to the event loop's thread; tensors stay on the device's."""

    def __init__(self, lab: Lab, patches: Patches) -> None:
        self._lab, self._patches = lab, patches

    async def export(self, request: ExportPatches) -> Exported:
        """A zip of what `write` writes.

        Raises:
            As `write` says.
        """
        home = self._lab.folder.path("exports")
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=home))
        try:
            name = await self.write(request, folder)
            await asyncio.to_thread(zip_folder, folder / name, folder / "files.zip")
            await asyncio.to_thread(shutil.rmtree, folder / name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Exported(name, folder / "files.zip")

    async def write(self, request: ExportPatches, into: Path) -> str:
        """A folder of files in the one that is given; its name.

        Raises:
            Unsupported: members that the format cannot hold; says which.
            Invalid: all are of strength 0; the folder is there already.
            NotFound, Incompatible: as `Patches.in_force` says.
            NoRoom: the disk is full, or nothing can be written there.
        """
        async with self._patches.in_force(_asked(request), request.model) as force:
            said = _said(force)
            name = f"patch-{_hash(force.members)}" + ("" if request.format == "peft" else f"-{request.format}")
            with _made(into / name) as folder:
                match request.format:
                    case "peft" | "merged":
                        await self._lab.device.do(Priority.CLICK, lambda: _weights(force, folder, request.format))
                    case "safetensors" | "gguf":
                        _vectors(force, folder, request.format)
                content = json.dumps(said, indent=2, ensure_ascii=False)
                await asyncio.to_thread((folder / PROVENANCE).write_text, content)
        return name


@contextmanager
def _made(folder: Path) -> Generator[Path]:
    """A new folder; gone again, with those above that it took, where what was to fill it fails."""
    if folder.exists():
        raise Invalid(f"There is already a {folder}.", next="Move it away, or give another folder for it.")
    first = next((one for one in reversed([folder, *folder.parents]) if not one.exists()), folder)
    try:
        folder.mkdir(parents=True)
        yield folder
    except BaseException as wrong:
        shutil.rmtree(first, ignore_errors=True)
        if isinstance(wrong, OSError):
            says = f"Could not write {folder}: {wrong.strerror or wrong}."
            raise NoRoom(says, next="Free some disk space, or give another folder.") from wrong
        raise


def _asked(request: ExportPatches) -> Sequence[PatchMember]:
    if request.set is not None:
        return named_members(request.set)
    return [one if isinstance(one, PatchMember) else named_members((one,))[0] for one in request.members]


def _hash(members: Sequence[Member]) -> str:
    """Of the patch, where it is one as it is; of the set that they are, otherwise."""
    match members:
        case [Member(patch=patch, strength=1.0, scope=Everywhere())]:
            return hash_of(patch)
        case _:
            return name_of_members(members)


def _said(force: InForce) -> dict[str, JsonValue]:
    info = force.loaded.model.info
    members: list[JsonValue] = [
        {"hash": hash, **member.model_dump(mode="json")}
        for hash, member in zip(force.hashes, force.members, strict=True)
    ]
    return {"weights_sha256": info.weights_sha256, "model_name": info.name, "set": force.set, "members": members}


def _weights(force: InForce, folder: Path, format: ExportFormat) -> None:
    """On the device's thread."""
    model, edits = force.loaded.model, weight_edits(force.members, force.place)
    if format == "merged":
        write_merged(model, edits, folder)
        return
    for name, content in adapter_files(model, edits).items():
        (folder / name).write_bytes(content)


def _vectors(force: InForce, folder: Path, format: ExportFormat) -> None:
    directions, hint = _directions(force.members), force.loaded.model.info.architecture
    write = as_gguf if format == "gguf" else as_safetensors
    (folder / f"steering.{format}").write_bytes(write(directions, hint))


def _directions(members: Sequence[Member]) -> Mapping[int, Tensor]:
    """What is added behind each block.

    Raises:
        Unsupported: members that add nothing to the residual stream, or not at every token; says which.
        Invalid: all are of strength 0.
    """
    in_force = [member for member in members if member.strength]
    if others := [why for member in in_force if (why := _why_no_vector(member))]:
        raise Unsupported(
            f"No steering vector can express {'; nor '.join(others)}.",
            next="Leave them out. Edits of weights are written as a LoRA (format peft); a patch of the kind steer "
            "along the same direction, at every token, is a steering vector.",
        )
    found: dict[int, Tensor] = {}
    for member in in_force:
        if isinstance(patch := member.patch, Steer):
            vector = member.strength * patch.scale * unpacked(patch.direction)
            layer = _behind(patch)
            found[layer] = found[layer] + vector if layer in found else vector
    if not found:
        raise Invalid("Every member has strength 0: nothing is changed.", next="Give one a strength.")
    return found


def _why_no_vector(member: Member) -> str:
    """What no steering vector expresses of it; empty where one does."""
    patch = member.patch
    if not isinstance(patch, Steer) or _behind(patch) < 0:
        return f"{patch.kind} ({patch.says(member.strength)})"
    if not isinstance(member.scope, Everywhere):
        return f"a patch that acts at some tokens only ({member.scope.type})"
    return ""


def _behind(patch: Steer) -> int:
    """The block behind which it adds; −1 where it adds at no such place."""
    site = parse_site(patch.site)
    return {"resid_post": site.layer, "resid_pre": site.layer - 1}.get(site.name, -1)
