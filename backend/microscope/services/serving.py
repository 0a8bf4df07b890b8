"""Where the servers of a home folder are reached: each leaves a small file while it is up, which the terminal reads.

    <home>/serving/<pid>.json    {"origin": "http://127.0.0.1:8077", "mark": …}

No token is in it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError

from microscope.paths import expanded
from microscope.services.processes import has_died, lives_here, this_process
from microscope.store.files import Folder

SERVING = "serving"


class Serving(BaseModel, frozen=True):
    """A server that is up, or was killed."""

    origin: str
    """Such as `http://127.0.0.1:8077`."""

    mark: str
    """Of its process, as workers have one."""


def announce(folder: Folder, origin: str) -> Path:
    """Of this process; what killed servers left goes."""
    for file in _files(folder.root):
        if (one := _read(file)) is None or has_died(one.mark):
            file.unlink(missing_ok=True)
    mark = this_process().mark
    name = f"{SERVING}/{mark.split('/')[1]}.json"
    return folder.write(name, Serving(origin=origin, mark=mark).model_dump_json().encode())


def origin_of(home: Path) -> str:
    """The server that came up last in a home folder and still lives; empty where there is none on this machine."""
    known = (_read(file) for file in reversed(_files(expanded(home))))
    return next((one.origin for one in known if one is not None and lives_here(one.mark)), "")


def _files(home: Path) -> list[Path]:
    """The newest last. One may vanish meanwhile."""
    found: list[tuple[float, Path]] = []
    for file in (home / SERVING).glob("*.json"):
        with suppress(FileNotFoundError):
            found.append((file.stat().st_mtime, file))
    return [file for _, file in sorted(found)]


def _read(file: Path) -> Serving | None:
    try:
        return Serving.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
