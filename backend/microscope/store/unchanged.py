"""Files that stay what they were when they were hashed, for as long as somebody reads them.

    1. time, size and inode of each are noted, then all of them are hashed
    2. behind every text that was read of them they are compared; where they differ, the files are hashed again

So a text that is handed on is of the bytes whose hash is told. Knows no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from microscope.errors import Invalid

Stamp = tuple[int, int, int] | None
"""Time of the last change in ns, bytes and inode; None where the file is gone."""


class Unchanged:
    """Files by their hash."""

    def __init__(self, name: str, files: Iterable[Path], hashed: Callable[[], str]) -> None:
        """
        Args:
            name: of them together, in words.
            hashed: SHA-256 of what they hold.
        """
        self._name, self._files, self._hashed = name, tuple(files), hashed
        self._stamps = self._now()  # First: a change while they are hashed is one, too.
        self.sha256 = hashed()

    def check(self) -> None:
        """
        Raises:
            Invalid: they hold something else than what was hashed.
        """
        now = self._now()
        if now == self._stamps:
            return
        if None in now or self._hashed() != self.sha256:
            raise Invalid(
                f"{self._name} changed while it was read; expected what it held at the beginning, SHA-256 "
                f"{self.sha256[:12]}….",
                next="Put that back and run it again, or record a copy that nobody writes to.",
            )
        self._stamps = now  # The same bytes, written anew.

    def watched(self, texts: Iterator[str]) -> Iterator[str]:
        """Texts that are read of them, each of the bytes that were hashed.

        Raises:
            Invalid: as `check` says, before a text that may be another.
        """
        for text in self._read(texts):
            self.check()
            yield text
        self.check()

    def _read(self, texts: Iterator[str]) -> Iterator[str]:
        try:
            yield from texts
        except Exception:  # What cannot be read may have been cut off meanwhile.
            self.check()
            raise

    def _now(self) -> tuple[Stamp, ...]:
        return tuple(map(_stamp, self._files))


def _stamp(file: Path) -> Stamp:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
