"""A run's directory, `<home>/runs/<id>/`.

    spec.json           what was asked for
    environment.json    versions, hardware, seeds, hashes of what went in
    series.jsonl        metrics as they were reported, one point a line (`services/run_points.py`)
    log.jsonl           what was said, one sentence a line
    tables/*.parquet    what the family measured, row by row
    metrics.json        what came of it
    charts.json         what is drawn of the tables
    made.json           what it made outside of this directory
    manifest.json       SHA-256 of each of these files, and of those that were made outside; written last

and while it goes on, or has stopped before its end: `parts/` (`store/run_tables.py`) and `checkpoint.safetensors`
(`store/run_checkpoints.py`). A file is whole or not there; of the two that grow, a last line without an end is no line.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import JsonValue

from microscope.errors import NoRoom, NotFound, Unavailable
from microscope.store.files import Folder

SERIES, LOG, MANIFEST, CHECKPOINT = "series.jsonl", "log.jsonl", "manifest.json", "checkpoint.safetensors"
SPEC, ENVIRONMENT, PARTS, MADE = "spec.json", "environment.json", "parts", "made.json"
RESULTS = (MANIFEST, "metrics.json", "charts.json", MADE)
"""What an earlier attempt may have left, and a new one has not come to yet."""


class File(NamedTuple):
    """One file of the directory."""

    path: str
    """Relative, with `/` between its parts."""

    bytes: int


class Lines(NamedTuple):
    """Some lines of a file that grows."""

    values: list[dict[str, Any]]
    next: int
    """Number of the line after the last one."""


_ID = re.compile(r"[A-Za-z0-9._-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def made_here(home: Folder, id: str, file: Path, hashed: Callable[[Path], str]) -> bool:
    """Whether a run of this home wrote that file outside of its directory, as it lies there now: by its manifest.

    Args:
        id: as anybody's files have it.
    """
    made = RunFolder(home, id).hashes("made") if _ID.fullmatch(id) else {}  # Older ones have no rows on files outside.
    return str(file) in made and made[str(file)] == hashed(file)


class RunFolder:
    """Its paths are relative to the directory and stay inside it."""

    def __init__(self, home: Folder, id: str) -> None:
        assert _ID.fullmatch(id), f"{id!r} is no name of a directory"
        self._home = home
        self._name = f"runs/{id}"
        self.path = home.root / "runs" / id

    @property
    def missing(self) -> bool:
        """Somebody deleted it, or the run has not begun."""
        return not self.path.is_dir()

    def file(self, name: str) -> Path:
        """Where one of its files lies.

        Raises:
            Denied: outside of the directory.
            NotFound: there is no such file.
        """
        path = Folder(self.path).path(name) if not self.missing else self.path / name
        if not path.is_file():
            raise NotFound(f"The run has no file {name!r}.", next="Its files are listed with it: GET /api/runs/{run}")
        return path

    def files(self) -> list[File]:
        """All of them by name, unfinished ones left out."""
        found: list[File] = []
        for path in sorted(self.path.rglob("*")):
            with suppress(FileNotFoundError):  # A run that works takes its checkpoint and its parts away again.
                status = path.stat()
                if stat.S_ISREG(status.st_mode) and not path.name.startswith("."):
                    found.append(File(path.relative_to(self.path).as_posix(), status.st_size))
        return found

    def write_json(self, name: str, value: JsonValue) -> None:
        """
        Raises:
            NoRoom: the disk is full.
        """
        self._home.write(f"{self._name}/{name}", json.dumps(value, indent=1, ensure_ascii=False).encode())

    def read_json(self, name: str) -> Any:
        """None where there is no such file, or it is none of ours any more."""
        try:
            return json.loads((self.path / name).read_bytes())
        except (OSError, ValueError, RecursionError):
            return None

    def hashes(self, of: Literal["files", "made"]) -> dict[str, str]:
        """SHA-256 by path, as the manifest has them; without what is none of ours any more."""
        manifest = self.read_json(MANIFEST)
        rows = manifest.get(of) if isinstance(manifest, dict) else None
        said = {path: row.get("sha256") for path, row in _objects(rows).items()}
        return {path: sha256 for path, sha256 in said.items() if isinstance(sha256, str) and _SHA256.fullmatch(sha256)}

    def append(self, name: str, values: Iterable[Mapping[str, Any]]) -> int:
        """Lines behind those that are there; how many bytes the file has then.

        Raises:
            NoRoom: the disk is full.
        """
        content = "".join(f"{json.dumps(dict(value), ensure_ascii=False)}\n" for value in values)
        with in_words(self.path / name):
            self.path.mkdir(parents=True, exist_ok=True)
            with (self.path / name).open("ab") as file:
                file.write(content.encode())
                return file.tell()

    def lines(self, name: str, start: int = 0, limit: int | None = None) -> Lines:
        """From line `start` on, at most `limit` of them."""
        values: list[dict[str, Any]] = []
        number = 0
        try:
            with (self.path / name).open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n") or (limit is not None and len(values) == limit):
                        break
                    if number >= start:
                        values.append(json.loads(line))
                    number += 1
        except (FileNotFoundError, NotADirectoryError):
            return Lines([], 0)
        return Lines(values, number)

    def begin(self, spec: Mapping[str, JsonValue]) -> None:
        """What an earlier attempt said of its end goes; what it can be gone on with stays.

        Raises:
            Unavailable: something else lies in the directory's place.
        """
        if self.missing and self.path.exists():
            raise Unavailable(
                f"{self.path} is no directory: expected the run's, got a file.",
                next="Move that file away, and requeue the run.",
            )
        for name in RESULTS:
            (self.path / name).unlink(missing_ok=True)
        self.write_json(SPEC, dict(spec))
        cut(self.path / LOG)

    def cut_series(self, n_bytes: int) -> None:
        """Points behind these have not happened."""
        cut(self.path / SERIES, n_bytes)

    def seal(self, without: Sequence[str] = (), made: Mapping[str, JsonValue] | None = None) -> None:
        """Write the manifest.

        Args:
            without: first parts of the paths that it leaves out.
            made: rows on files outside of the directory, by their paths.
        """
        files = [file for file in self.files() if file.path.split("/")[0] not in (*without, MANIFEST)]
        rows: dict[str, JsonValue] = {
            file.path: {"bytes": file.bytes, "sha256": sha256(self.path / file.path)} for file in files
        }
        self.write_json(MANIFEST, {"files": rows, "made": dict(made or {})})

    def remove(self) -> None:
        """All of it, for good.

        Raises:
            Unavailable: a file of it cannot be deleted; the rest may be gone.
        """
        try:
            shutil.rmtree(self.path)
        except FileNotFoundError:
            pass
        except OSError as wrong:
            raise Unavailable(
                f"{self.path} cannot be deleted: {wrong.strerror or wrong}.", next="See who owns it, and purge again."
            ) from wrong

    def tidy(self) -> None:
        """Nobody goes on with a run that has succeeded: its parts and its checkpoint go."""
        shutil.rmtree(self.path / PARTS, ignore_errors=True)
        (self.path / CHECKPOINT).unlink(missing_ok=True)


def _objects(value: Any) -> dict[str, dict[str, Any]]:
    """Those that lie in an object by name; none where it is something else."""
    return {name: one for name, one in value.items() if isinstance(one, dict)} if isinstance(value, dict) else {}


@contextmanager
def in_words(path: Path) -> Generator[None]:
    """
    Raises:
        NoRoom: instead of the system's own error.
    """
    try:
        yield
    except OSError as wrong:
        raise NoRoom(
            f"Could not write {path}: {wrong.strerror or wrong}.",
            next="Free some disk space and requeue the run: what it has written is whole.",
        ) from wrong


def cut(path: Path, n_bytes: int | None = None) -> None:
    """Keep whole lines only; those of the first `n_bytes` where that is given."""
    if not path.is_file():
        return
    content = path.read_bytes()[:n_bytes]
    kept = content.rfind(b"\n") + 1
    with in_words(path):
        os.truncate(path, kept)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
