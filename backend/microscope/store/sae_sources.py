"""Where an SAE is asked for that lies nowhere here yet: a hub id, or a zip.

A hub id is `owner/name`, or `owner/name/folder` where the repository holds several. Only the files of that one are
downloaded. A zip is unpacked into a folder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from huggingface_hub import HfApi, is_offline_mode, snapshot_download
from huggingface_hub import logging as hub_logging

from microscope.errors import Invalid, NotFound, Unavailable
from microscope.store.sae_formats.base import SUFFIXES

HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)((?:/[\w.+-]+)*)")

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
