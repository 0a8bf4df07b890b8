"""What patches read beside their own content: LoRAs, and of SAEs what reads one feature.

It is copied below the home folder when a patch is made, and when a set of an older home is put in force, so that no
link depends on a folder of somebody else's or on what the library of SAEs holds; bundles carry it along.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member
from microscope.core.patches.reads import features_read
from microscope.core.sites import parse_site
from microscope.engine import adapters
from microscope.engine.adapters import CONFIG, WEIGHTS
from microscope.errors import Invalid
from microscope.store import patch_folders, patch_saes
from microscope.store.files import Folder
from microscope.store.patch_saes import Which
from microscope.store.saes import Library
from microscope.wire.views import CarriedTensors

_EXPORT_AGAIN = "Export it again where it came from."

FindAdapter = Callable[[str], adapters.Adapter]
"""A LoRA by its hash, wherever it lies; raises NotFound."""


class Carried(NamedTuple):
    """What goes along in a bundle."""

    tensors: tuple[CarriedTensors, ...]
    n_bytes: int
    left_out: tuple[str, ...]
    """What does not, in words."""


def keep(folder: Folder, library: Library, members: Sequence[Member], find: FindAdapter) -> None:
    """Copy what these read below the home folder, once. Reads and writes the disk.

    Raises:
        NotFound, Invalid: an adapter that is not here, or that is changed while it is copied.
        NoRoom: the disk is full.
    """
    for read in features_read(members):
        patch_saes.keep(folder, read, library)
    for sha256 in adapters_read(members):
        if not patch_folders.kept(folder, sha256):
            found = find(sha256)
            files = {name: (found.folder / name).read_bytes() for name in (CONFIG, WEIGHTS)}
            _keep_adapter(folder, sha256, found.folder.name, files)


def carried(folder: Folder, members: Sequence[Member], limit: int) -> Carried:
    """As it is kept, as far as a bundle has room.

    Args:
        limit: bytes.
    """
    tensors: list[CarriedTensors] = []
    left_out: list[str] = []
    left = limit
    for one in _all_kept(folder, members):
        if one.n_bytes > left:
            left_out.append(
                f"{one.says} takes {one.n_bytes / 1e6:,.1f} MB, and {max(0, left) / 1e6:,.1f} MB of the "
                f"{limit / 1e6:,.0f} MB that a bundle carries are left: it does not come along. Send its files, or "
                "raise MICROSCOPE_MAX_BUNDLE_BYTES here and there, and export again."
            )
            continue
        left -= one.n_bytes
        tensors.append(one.read())
    return Carried(tuple(tensors), limit - left, tuple(left_out))


def take_in(folder: Folder, members: Sequence[Member], tensors: Sequence[CarriedTensors]) -> None:
    """What a bundle carries of what these read; of the rest nothing is kept.

    Raises:
        Invalid: it is not what its hash says.
        NoRoom: the disk is full.
    """
    reads = {(read.sae, read.site): read for read in features_read(members)}
    wanted = set(adapters_read(members))
    for one in tensors:
        files = {name: _decoded(name, content) for name, content in one.files.items()}
        if one.type == "adapter":
            if one.sha256 in wanted and not patch_folders.kept(folder, one.sha256):
                _keep_adapter(folder, one.sha256, one.name, files)
        elif (one.sha256, one.site) in reads and len(files) == 1:
            which = Which(one.sha256, str(parse_site(one.site)), one.feature)
            patch_saes.take_in(folder, which, next(iter(files.values())))


def adapters_read(members: Iterable[Member]) -> tuple[str, ...]:
    """Hashes of the LoRAs of these, each once."""
    return tuple(dict.fromkeys(one.patch.adapter for one in members if isinstance(one.patch, Adapter)))


class _Kept(NamedTuple):
    """One of them as it lies below the home folder."""

    says: str
    n_bytes: int
    read: Callable[[], CarriedTensors]


def _all_kept(folder: Folder, members: Sequence[Member]) -> list[_Kept]:
    saes = dict.fromkeys(which for read in features_read(members) if (which := patch_saes.kept(folder, read)))
    places = {sha256: patch_folders.kept(folder, sha256) for sha256 in adapters_read(members)}
    return [
        *(_kept_sae(folder, which) for which in saes),
        *(_kept_adapter(folder, sha256) for sha256, found in places.items() if found),
    ]


def _kept_sae(folder: Folder, which: Which) -> _Kept:
    path = folder.path(which.name)
    what = "An SAE" if which.feature is None else f"Feature {which.feature} of an SAE"
    return _Kept(
        f"{what} that a patch reads at {which.site} ({which.computes[:12]})",
        path.stat().st_size,
        lambda: CarriedTensors(
            type="sae", sha256=which.computes, site=which.site, feature=which.feature,
            files={path.name: _encoded(path.read_bytes())},
        ),
    )  # fmt: skip


def _kept_adapter(folder: Folder, sha256: str) -> _Kept:
    place = patch_folders.kept(folder, sha256)[0]
    files = [place / name for name in (CONFIG, WEIGHTS)]
    return _Kept(
        f"The adapter {place.name} ({sha256[:12]})",
        sum(file.stat().st_size for file in files),
        lambda: CarriedTensors(
            type="adapter", sha256=sha256, name=place.name,
            files={file.name: _encoded(file.read_bytes()) for file in files},
        ),
    )  # fmt: skip


def _keep_adapter(folder: Folder, sha256: str, name: str, files: dict[str, bytes]) -> None:
    """
    Raises:
        Invalid: files of another hash.
    """
    try:
        of = adapters.sha256_of(files[WEIGHTS], json.loads(files[CONFIG]))
    except (KeyError, ValueError, AttributeError) as error:
        raise Invalid(
            f"The adapter {name or sha256[:12]} is not whole: expected {CONFIG} and {WEIGHTS}.", next=_EXPORT_AGAIN
        ) from error
    if of != sha256:
        raise Invalid(
            f"The files of the adapter {name or sha256[:12]} have the hash {of[:12]}; expected {sha256[:12]}.",
            next="Give its folder as it was, or make the patch anew.",
        )
    patch_folders.keep(patch_folders.place_of(folder, sha256, plain(name) or "adapter"), files)


def plain(name: str) -> str:
    """What a folder can be called."""
    kept = "".join(char if char.isprintable() and char not in '/\\:*?"<>|' else " " for char in name)
    return kept.strip(". ").encode()[:NAME_BYTES].decode(errors="ignore").strip(". ")


NAME_BYTES = 200
"""Of a folder; file systems end at 255."""


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(name: str, content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"{name!r} in the bundle is no base64.", next=_EXPORT_AGAIN) from error
