"""The only place that writes files: atomically, and inside the folder that was opened.

A reader never sees half a file: bytes go to a neighbour in the same folder, which then takes the name.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from microscope.errors import Denied, NoRoom, Unavailable
from microscope.paths import expanded, possible


class Folder:
    """A folder of this program's own; every path given to it is relative and stays inside."""

    def __init__(self, root: Path) -> None:
        self.root = expanded(root).resolve()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as trouble:
            raise Unavailable(
                f"Cannot keep data in {self.root}: {trouble.strerror}.",
                next="Choose another folder: MICROSCOPE_HOME=PATH",
            ) from trouble

        self._mine = FileLock(self.root / ".lock", thread_local=False)

    def claim(self) -> bool:
        """Whether this process is the only one that works in the folder; the system ends the claim with the process."""
        try:
            self._mine.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def leave(self) -> None:
        """Give the claim back, if there is one."""
        self._mine.release()

    def path(self, name: str) -> Path:
        """Where `name` lies.

        Raises:
            Denied: if it would lie outside of the folder.
            Invalid: no file can be called so.
        """
        path = possible(self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise Denied(f"{name!r} lies outside of {self.root}.", next="Give a name inside the folder.")
        return path

    def read(self, name: str) -> bytes | None:
        """The file's bytes; None where there is no such file."""
        path = self.path(name)
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, content: bytes) -> Path:
        """Replace the file by `content`, all of it or nothing."""
        path = self.path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as trouble:
            raise NoRoom(
                f"Could not write {path}: {trouble.strerror}.", next="Free some disk space and try again."
            ) from trouble
        return path
