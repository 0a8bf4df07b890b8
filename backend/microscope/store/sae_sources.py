"""Where an SAE is asked for that lies nowhere here yet: a hub id, or a zip.

A hub id is `owner/name`, or `owner/name/folder` where the repository holds several. Only the files of that one are
downloaded. A zip is unpacked into a folder of its own: plain files only, none outside of it, and not without bound.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from huggingface_hub import HfApi, is_offline_mode, snapshot_download
from huggingface_hub import logging as hub_logging

from microscope.errors import Invalid, NotFound, TooLarge, Unavailable
from microscope.store.sae_formats.base import SUFFIXES

HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)((?:/[\w.+-]+)*)")

MAX_UNPACKED_BYTES = 20_000_000_000
"""Of a zip."""

MAX_FILES = 1_000

_BESIDE = (".json", ".yaml")
_SHOWN = 8


def is_hub_id(source: str) -> bool:
    """Whether it can be one; what lies on this disk under that name goes first."""
    return HUB_ID.fullmatch(source) is not None


def from_hub(source: str) -> Path:
    """The folder or file of a hub id, in the hub's cache; what is there already is not asked for again.

    Raises:
        NotFound: no such repository, or no such folder in it.
        Invalid: it holds several SAEs; names some.
        Unavailable: it is not in the cache and the hub cannot be reached.
    """
    match = HUB_ID.fullmatch(source)
    assert match is not None, f"{source!r} is no hub id"
    repo, inside = match[1], match[2].strip("/")
    if cached := _cached(repo, inside):
        return cached
    hub_logging.set_verbosity_error()  # It would warn of every try; what came of them is told below.
    try:
        wanted = _wanted(repo, inside, HfApi().list_repo_files(repo))
        root = Path(snapshot_download(repo, allow_patterns=wanted))
    except (NotFound, Invalid):
        raise
    except Exception as error:
        raise _told(repo, error) from error
    return _at(root, inside)


def unpack(archive: Path, folder: Path) -> Path:
    """A zip's files in a new folder, all or none.

    Raises:
        Invalid: no zip, damaged, or with names that lead elsewhere.
        TooLarge: more than `MAX_UNPACKED_BYTES`, or than `MAX_FILES`.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [one for one in zipped.infolist() if not one.is_dir()]
            _check(archive, members)
            base = _common(members)
            for one in members:
                _write(zipped, one, folder / PurePosixPath(one.filename).relative_to(base))
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Invalid(f"{archive} cannot be unpacked: {error}.", next="Pack it again.") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _cached(repo: str, inside: str) -> Path | None:
    """What an earlier download left, if it is whole."""
    try:
        root = Path(snapshot_download(repo, local_files_only=True))
        files = [file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()]
        _wanted(repo, inside, files)
    except Exception:  # Not in the cache, or not this part of it: the hub is asked, and its own error is told.
        return None
    return _at(root, inside)


def _at(root: Path, inside: str) -> Path:
    return root / inside if inside else root


def _wanted(repo: str, inside: str, files: Iterable[str]) -> list[str]:
    """The files of one SAE: what lies in its folder, and configurations above it."""
    paths = [PurePosixPath(file) for file in files]
    weights = [path for path in paths if path.suffix in (*SUFFIXES,)]
    mine = [path for path in weights if path.as_posix() == inside or path.parent.as_posix() == (inside or ".")]
    mine += [path for path in weights if path.as_posix() == f"{inside}/checkpoints/final.safetensors".strip("/")]
    if not mine:
        folders = sorted({path.parent.as_posix() for path in weights if path.is_relative_to(inside or ".")})
        shown = ", ".join(folders[:_SHOWN]) + (f" and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else "")
        if not folders:
            raise NotFound(
                f"{repo} has no SAE in {inside or 'it'}.", next=f"See https://huggingface.co/{repo}/tree/main"
            )
        raise Invalid(f"{repo} holds SAEs in {len(folders)} folders: {shown}.", next=f"Give one: {repo}/{folders[0]}")
    homes = {parent for path in mine for parent in path.parents}
    configs = [path for path in paths if path.suffix in _BESIDE and path.parent in homes]
    return [path.as_posix() for path in (*mine, *configs)]


def _told(repo: str, error: Exception) -> NotFound | Unavailable:
    kind = type(error).__name__
    if kind in ("RepositoryNotFoundError", "GatedRepoError", "HFValidationError"):
        return NotFound(
            f"The hub has no repository {repo!r} that may be read from here ({kind}).",
            next="Check the id; for a private or gated one set HF_TOKEN and accept its terms on the hub.",
        )
    why = "HF_HUB_OFFLINE forbids to ask the hub" if is_offline_mode() else f"the hub cannot be reached ({kind})"
    return Unavailable(
        f"{repo!r} is neither a path here nor whole in the hub's cache, and {why}.",
        next="Connect to the network, or copy the SAE's folder here and give its path.",
    )


def _check(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    total = sum(one.file_size for one in members)
    if total > MAX_UNPACKED_BYTES or len(members) > MAX_FILES:
        raise TooLarge(
            f"{archive} unpacks to {len(members)} files of {total:,} bytes; the limits are {MAX_FILES} and "
            f"{MAX_UNPACKED_BYTES:,}.",
            next="Pack the files of one SAE alone.",
        )
    for one in members:
        path = PurePosixPath(one.filename)
        if path.is_absolute() or ".." in path.parts or one.external_attr >> 28 == 0xA:  # 0xA is a link.
            raise Invalid(f"{archive} holds {one.filename!r}, which leads elsewhere.", next="Pack plain files.")


def _common(members: list[zipfile.ZipInfo]) -> PurePosixPath:
    """The folder that all lie in."""
    parents = {PurePosixPath(one.filename).parent for one in members}
    return min(parents, key=lambda path: len(path.parts)) if len(parents) == 1 else PurePosixPath()


def _write(zipped: zipfile.ZipFile, one: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    left = one.file_size
    with zipped.open(one) as source, path.open("wb") as target:
        while chunk := source.read(min(1 << 20, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile(f"{one.filename} is larger than it says")
            target.write(chunk)
