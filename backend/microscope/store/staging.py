"""A folder that is written beside its place and takes it in the end: a reader sees the old one, or the new one.

    <name>                       the place
    .<name>.<token>/             being written
    .<name>.<token>.before/      what stood in the place, while the two names change
    .<name>.<token>.lock         held by whoever writes; the system gives it back when that process dies

What a killed process left is put right by the next one that looks: where it died between the two names, the new folder
takes its place; everything else of it is deleted.
"""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.lock")


class Staging:
    """A folder to fill; end it with `take_place` or `discard`."""

    def __init__(self, place: Path) -> None:
        """
        Raises:
            OSError: the folder above cannot be written.
        """
        place.parent.mkdir(parents=True, exist_ok=True)
        settle(place.parent)
        self._place = place
        self.path = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        self._lock = FileLock(_beside(self.path, "lock"), thread_local=False)
        self._lock.acquire(blocking=False)
        self.path.mkdir()

    def take_place(self) -> None:
        """All is there: what stood in the place is no more."""
        if self._place.exists():
            self._place.rename(_beside(self.path, "before"))
        self.path.rename(self._place)
        self.discard()

    def discard(self) -> None:
        """What has not taken its place goes; again, or afterwards, it does nothing."""
        if self._lock.is_locked:
            _remove(self.path, self._lock)


def settle(parent: Path) -> None:
    """Put right what processes that died left in this folder; those that live are left alone."""
    for file in parent.glob(".*.lock"):
        if match := _LOCK.fullmatch(file.name):
            lock = FileLock(file, thread_local=False)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            _restore(file.with_suffix(""), parent / match["name"])
            _remove(file.with_suffix(""), lock)


def _restore(staging: Path, place: Path) -> None:
    """It died between the two names: the new folder is whole by then."""
    if _beside(staging, "before").exists() and not place.exists() and staging.exists():
        staging.rename(place)


def _remove(staging: Path, lock: FileLock) -> None:
    for path in (staging, _beside(staging, "before")):
        shutil.rmtree(path, ignore_errors=True)
    _beside(staging, "lock").unlink(missing_ok=True)
    lock.release()


def _beside(staging: Path, what: str) -> Path:
    return staging.with_name(f"{staging.name}.{what}")
