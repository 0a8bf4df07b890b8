"""Patches that come as files: looked at, checked against the model, explained, and kept below the home folder.

    files or a path  →  a folder  →  what it is (`store/patch_formats`)  →  patches in force  →  card  →  the library

Until they are to be kept everything lies in a folder that is gone in the end, whatever happens. Belongs to the event
loop's thread.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple

from safetensors.torch import save_file
from torch import Tensor

from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.engine.adapter_targets import unknown_settings
from microscope.engine.adapters import CONFIG, WEIGHTS, check_config, read_adapter
from microscope.errors import Invalid, NoRoom, TooLarge, Trouble
from microscope.lab import Lab, Loaded
from microscope.paths import expanded
from microscope.services.models import Models
from microscope.services.patch_card import Origins, card_of
from microscope.services.patch_tensors import plain
from microscope.services.patches import InForce, Patches
from microscope.store.archives import MAX_FILES, unpack
from microscope.store.patch_folders import place_of
from microscope.store.patch_formats import read
from microscope.store.patch_formats.base import AdapterFile, Found, OlderPatches, Vectors
from microscope.store.patch_formats.older import as_adapter
from microscope.wire.patch_files import PatchCard, PatchImported
from microscope.wire.patches import (
    FromAdapter,
    FromContent,
    FromLibrary,
    NewPatch,
    NewPatchSet,
    Origin,
    PatchInfo,
    PatchMember,
)

NAME_CHARS = 200
"""Of a patch's name, at most."""

MOST_FACTOR = 100
"""γ = α / r above which a report card warns."""


class Asked(NamedTuple):
    """How files are to be taken in."""

    keep: bool = True
    name: str = ""
    model: str | None = None


class _Patch(NamedTuple):
    """One of those that files hold, not kept yet."""

    name: str
    source: Origin


class PatchFiles:
    """See the head of this file."""

    def __init__(self, lab: Lab, models: Models, patches: Patches) -> None:
        self._lab, self._models, self._patches = lab, models, patches

    async def import_path(self, path: str, asked: Asked) -> PatchImported:
        """Of a folder, a file or a zip on this machine; what is kept is a copy.

        Raises:
            NotFound: nothing is there.
            Invalid, Unsupported, TooLarge: no patch, or one that cannot be read.
            Incompatible: it does not fit the model.
            NoRoom: the disk is full.
        """
        given = expanded(path)
        with self._staging() as staged:
            if given.suffix.lower() == ".zip" and given.is_file():
                home = await asyncio.to_thread(unpack, given, staged / "files")
            else:
                home = given
            return await self._import(home, given.stem if given.is_file() else given.name, asked, staged)

    async def import_files(self, files: Sequence[tuple[str, BinaryIO]], asked: Asked) -> PatchImported:
        """Of files that were sent: one zip, or those of a folder by their names in it.

        Raises:
            As `import_path` says; Invalid of names that lead elsewhere.
        """
        if not files:
            raise Invalid("No files were sent.", next="Send a zip, or the files of a folder, as `files`.")
        if len(files) > MAX_FILES:
            raise TooLarge(f"{len(files)} files were sent; at most {MAX_FILES} are taken.", next="Send a zip.")
        with self._staging() as staged:
            home = await asyncio.to_thread(_written, files, staged, self._lab.settings.max_upload_bytes)
            first = PurePosixPath(files[0][0])
            called = first.stem if len(files) == 1 else first.parent.name
            return await self._import(home, called, asked, staged)

    async def card(self, hash: str) -> PatchCard:
        """Of a kept patch at strength 1.

        Raises:
            NotFound, Incompatible, Unsupported, Invalid: as `Patches.in_force` says.
        """
        member = PatchMember(source=FromLibrary(hash=hash))
        async with self._patches.in_force([member], None) as force:
            return await card_of(self._lab, force)

    @contextmanager
    def _staging(self) -> Generator[Path]:
        home = self._lab.folder.path("imports")
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=home) as folder:
            try:
                yield Path(folder)
            except Trouble as trouble:
                # Where it lay for the moment is nobody's business.
                error, then = _unstaged(trouble.error, folder), _unstaged(trouble.next, folder)
                raise type(trouble)(error, next=then) from trouble

    async def _import(self, home: Path, called: str, asked: Asked, staged: Path) -> PatchImported:
        found = await asyncio.to_thread(read, home)
        loaded = await self._models.resident(asked.model)
        with self._lab.models.pinned(loaded.slug):
            given = plain(asked.name)
            name = given or plain(called) or "patch"
            patches, origins = await asyncio.to_thread(_unfolded, found, name, loaded, staged)
            if given and isinstance(found, OlderPatches):  # These have names of their own.
                several = len(patches) > 1
                own = [f"{given} {one.name}"[:NAME_CHARS] if several else given for one in patches]
                patches = [one._replace(name=new) for one, new in zip(patches, own, strict=True)]
            members = [PatchMember(source=one.source) for one in patches]
            async with self._patches.in_force(members, loaded.slug) as force:
                card = await card_of(self._lab, force, origins)
                if len(patches) == 1 and not given:
                    name = self._patches.library.names().get(force.hashes[0], name)
                if not asked.keep:
                    return PatchImported(name=name, card=card, patches=(), set=None)
                kept = await self._kept(patches, force)
                if given:
                    calls = self._patches.library.call
                    kept = [calls(one.hash, patch.name) for one, patch in zip(kept, patches, strict=True)]
            together = [PatchMember(source=FromLibrary(hash=one.hash)) for one in kept]
            many = NewPatchSet(model=loaded.slug, members=tuple(together)) if len(kept) > 1 else None
            of_all = None if many is None else await self._patches.create_set(many)
        return PatchImported(name=name, card=card, patches=tuple(kept), set=None if of_all is None else of_all.hash)

    async def _kept(self, patches: Sequence[_Patch], force: InForce) -> list[PatchInfo]:
        """In the library, with their files below the home folder; where one cannot be, nothing of any is left."""
        library, made = self._patches.library, list[Path]()
        new = [hash for hash in force.hashes if not library.holds(hash)]
        try:
            return [await self._kept_one(one, force.loaded, made) for one in patches]
        except BaseException:
            for hash in new:
                library.take_back(hash)
            for place in made:
                shutil.rmtree(place.parent, ignore_errors=True)
            raise

    async def _kept_one(self, patch: _Patch, loaded: Loaded, made: list[Path]) -> PatchInfo:
        source = patch.source
        if isinstance(source, FromAdapter):
            sha256 = (await asyncio.to_thread(read_adapter, source.adapter, loaded.folder)).sha256
            place = place_of(self._lab.folder, sha256, patch.name)
            if not place.is_dir():
                made.append(place)
                moving = asyncio.create_task(asyncio.to_thread(_moved, Path(source.adapter), place))
                try:
                    await asyncio.shield(moving)
                except asyncio.CancelledError:
                    await asyncio.wait([moving])  # It cannot be stopped, and what it leaves is taken away.
                    raise
            source = FromAdapter(adapter=str(place))
        return await self._patches.create(NewPatch(model=loaded.slug, source=source, name=patch.name))


def _unstaged(text: str, folder: str) -> str:
    """A sentence without the folder in which files were staged."""
    named = re.sub(rf"{re.escape(folder)}/(files|\d+)/", "", text)
    return re.sub(rf"{re.escape(folder)}(/files|/\d+)?", "what was sent", named)


def _written(files: Sequence[tuple[str, BinaryIO]], staged: Path, limit: int) -> Path:
    """Files that were sent, in a folder.

    Args:
        limit: bytes that a zip may unpack to.
    """
    home = staged / "files"
    if len(files) == 1 and files[0][0].lower().endswith(".zip"):
        with (staged / "sent.zip").open("wb") as file:
            shutil.copyfileobj(files[0][1], file)
        try:
            return unpack(staged / "sent.zip", home, limit)
        except Trouble as trouble:
            raise type(trouble)(
                trouble.error.replace(str(staged / "sent.zip"), files[0][0]), next=trouble.next
            ) from trouble
    for name, content in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.name or "\0" in name or "\\" in name:
            raise Invalid(f"A file is called {name!r:.200}, which leads elsewhere.", next="Send plain files.")
        try:
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            with (home / path).open("xb") as file:
                shutil.copyfileobj(content, file)
        except OSError as trouble:
            raise Invalid(f"{name!r:.200} cannot be kept: {trouble.strerror}.", next="Send it as a zip.") from trouble
    return home


def _unfolded(found: Found, name: str, loaded: Loaded, staged: Path) -> tuple[list[_Patch], Origins]:
    """The patches that files hold, and what they say of themselves. Writes adapters as PEFT has them."""
    match found:
        case AdapterFile(config=config, tensors=tensors):
            check_config(name, config)
            return [_adapter(staged / "0" / name, name, config, tensors)], _of_peft(config)
        case OlderPatches(patches=several):
            paths = {path.replace(".", "_"): path for path in loaded.model.matrices}
            made = [
                _adapter(staged / str(number) / (plain(one.name) or name), one.name, *as_adapter(one, paths))
                for number, one in enumerate(several)
            ]
            said = ", ".join(f"{one.name} {one.strength:g}" for one in several[:4])
            warning = f"Strengths that its files name are in its matrices already ({said}): attach it at 1."
            return made, Origins("patches of the older layout", "", (warning,))
        case Vectors(layout=layout, model_hint=hint, directions=directions):
            return _steers(name, directions), Origins(
                f"steering vectors ({layout})", "", _of_another_kind(hint, loaded.model.info.architecture)
            )


def _adapter(folder: Path, name: str, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> _Patch:
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(json.dumps(dict(config), indent=2))
    # A pickle's tensors may share their memory, which safetensors does not write.
    own = {key: value.clone().contiguous() for key, value in tensors.items()}
    save_file(own, folder / WEIGHTS, metadata={"format": "pt"})
    return _Patch(name, FromAdapter(adapter=str(folder)))


def _of_peft(config: Mapping[str, Any]) -> Origins:
    base = config.get("base_model_name_or_path")
    kind = "PEFT LoRA, rank-stabilised" if config.get("use_rslora") else "PEFT LoRA"
    return Origins(kind, base if isinstance(base, str) else "", (*_huge(config), *_strange(config)))


def _strange(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Settings that nobody here knows: of a later PEFT they may mean more than B A."""
    if not (names := unknown_settings(config)):
        return ()
    return (f"{CONFIG} has settings that are not read here: {', '.join(names)[:200]}.",)


def _huge(config: Mapping[str, Any]) -> tuple[str, ...]:
    """What its settings multiply ΔW by, where nobody trains so. The settings have been checked to be numbers."""
    alpha = max([config["lora_alpha"], *(config.get("alpha_pattern") or {}).values()])
    rank = min([config["r"], *(config.get("rank_pattern") or {}).values()])
    factor = alpha / (rank**0.5 if config.get("use_rslora") else rank)
    if factor <= MOST_FACTOR:
        return ()
    return (
        f"lora_alpha {alpha:.4g} at r {rank:g} multiplies B A by {factor:.4g}, where 1 to 4 is usual: attached at "
        f"strength 1 it may leave nothing of the model. Mend {CONFIG}, or give it a strength as small.",
    )


def _of_another_kind(hint: str, architecture: str) -> tuple[str, ...]:
    if not hint or hint == architecture:
        return ()
    return (f"Its file says that it is for models of the kind {hint}; this one is of the kind {architecture}.",)


def _steers(name: str, directions: Mapping[int, Tensor]) -> list[_Patch]:
    several = len(directions) > 1
    return [
        _Patch(
            f"{name} L{layer}" if several else name,
            FromContent(
                patch=Steer(site=f"L{layer}.resid_post", direction=packed(vector), scale=float(vector.norm())),
                reads="",
            ),
        )
        for layer, vector in directions.items()
    ]


def _moved(folder: Path, place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, place)
    except OSError as trouble:
        raise NoRoom(
            f"Could not write {place}: {trouble.strerror}.", next="Free some disk space and try again."
        ) from trouble
