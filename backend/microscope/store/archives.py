"""Zips: several files as one, equal files as equal bytes; and a stranger's zip, unpacked with care."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from microscope.errors import Invalid, TooLarge

_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can have."""

MAX_UNPACKED_BYTES = 20_000_000_000
"""Of a zip on this machine's disk."""

MAX_FILES = 1_000


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """
    Args:
        folder: in which they lie in the zip.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", date_time=_DATE), content)
    return packed.getvalue()


def zip_folder(folder: Path, archive: Path) -> None:
    """A folder of any size, itself in the zip, written as it is read."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            info = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", date_time=_DATE)
            with file.open("rb") as source, packed.open(info, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)


def unpack(archive: Path, folder: Path, limit: int = MAX_UNPACKED_BYTES) -> Path:
    """A zip's files in a new folder, all or none: plain files only, none outside of it, and not without bound.

    Args:
        limit: bytes that it may unpack to.

    Raises:
        Invalid: no zip, damaged, or with names that lead elsewhere.
        TooLarge: more than the limit, or than `MAX_FILES`.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [one for one in opened.infolist() if not one.is_dir()]
            _check(archive, members, limit)
            base = _common(members)
            for one in members:
                _write(opened, one, folder / PurePosixPath(one.filename).relative_to(base))
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Invalid(f"{archive} cannot be unpacked: {error}.", next="Pack it again.") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _check(archive: Path, members: list[zipfile.ZipInfo], limit: int) -> None:
    total = sum(one.file_size for one in members)
    if total > limit or len(members) > MAX_FILES:
        raise TooLarge(
            f"{archive} unpacks to {len(members)} files of {total:,} bytes; the limits are {MAX_FILES} and {limit:,}.",
            next="Pack what is wanted alone.",
        )
    for one in members:
        path = PurePosixPath(one.filename)
        if path.is_absolute() or ".." in path.parts or one.external_attr >> 28 == 0xA:  # 0xA is a link.
            raise Invalid(f"{archive} holds {one.filename!r}, which leads elsewhere.", next="Pack plain files.")


def _common(members: list[zipfile.ZipInfo]) -> PurePosixPath:
    """The folder that all lie in."""
    parents = {PurePosixPath(one.filename).parent for one in members}
    return min(parents, key=lambda path: len(path.parts)) if len(parents) == 1 else PurePosixPath()


def _write(opened: zipfile.ZipFile, one: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    left = one.file_size
    with opened.open(one) as source, path.open("wb") as target:
        while chunk := source.read(min(1 << 20, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile(f"{one.filename} is larger than it says")
            target.write(chunk)
