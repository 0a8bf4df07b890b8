"""Writes a recording, part by part, in a thread of its own, so that the device never waits for the disk.

    1. the shards of a part are written beside the recording, in `.<name>.partial`
    2. they are moved to where they belong
    3. the journal that names the part takes the place of the one before

Killed before 3, the part is written anew: what lies there without being named is removed when the recording is opened
to go on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from filelock import FileLock, Timeout
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from microscope.core.sites import parse_site
from microscope.errors import Busy, Incompatible, Invalid
from microscope.paths import expanded
from microscope.store.activations import JOURNAL, Cursor, Finished, Header, Journal, read_journal, shard_path
from microscope.store.shards import (
    KEY,
    SPLITS,
    Note,
    Tokens,
    Vectors,
    cannot_write,
    read_tokens,
    schema,
    write_shard,
    write_table,
)

SHARD_BYTES = 2**25
PART_BYTES = 2**28
"""Of all sites; three parts may be in memory: one that fills, one that waits, one that is written."""

_MAY_DIFFER = {"complete", "tokens_sha256"}


class Part(NamedTuple):
    """Contexts of consecutive documents."""

    tokens: Tokens
    held_out: Bool[NDArray[np.bool_], " row"]
    snippets: Mapping[int, str]
    """The first characters of each document, by its `sample_id`."""

    vectors: Float[Vectors, "site row d_model"]
    """In the order of the header's sites."""

    next: Cursor
    """Where the part after it begins."""


def part_rows(header: Header) -> int:
    """Rows of a part: the context that reaches it is its last."""
    row_bytes = header.d_model * np.dtype(header.dtype).itemsize
    return max(1, min(SHARD_BYTES, PART_BYTES // len(header.sites)) // row_bytes)


class Writer:
    """One recording being written. Close it, or use it as a context."""

    def __init__(self, path: Path, header: Header, *, resume: bool = True) -> None:
        """Begin, or go on behind the last part that is whole.

        Args:
            resume: a recording that is there already may be gone on with.

        Raises:
            Busy: somebody else is writing it.
            Invalid: something else is there, or a recording although `resume` is off.
            Incompatible: it is a recording of something else.
            NoRoom, Unavailable: it cannot be written.
        """
        self.path = expanded(path).absolute()
        self._partial = self.path.parent / f".{self.path.name}.partial"
        _check_place(self.path, resume)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._partial.mkdir(exist_ok=True)
        except OSError as trouble:
            raise cannot_write(self.path, trouble) from trouble
        self._lock = FileLock(self._partial / "lock", thread_local=False)
        try:
            self._lock.acquire(blocking=False)
        except Timeout as taken:
            raise Busy(f"{self.path} is being recorded already.", next="Wait for it, or give another --out.") from taken
        try:
            self._journal = self._go_on(header)
        except BaseException:
            self._leave()
            raise
        self._parts: Queue[Part | None] = Queue(maxsize=1)
        self._trouble: BaseException | None = None
        self._thread = Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    @property
    def header(self) -> Header:
        return self._journal.header

    @property
    def next(self) -> Cursor:
        """Where to go on, as far as parts are whole."""
        return self._journal.parts[-1].next if self._journal.parts else Cursor()

    @property
    def n_tokens(self) -> int:
        """Of whole parts."""
        return sum(part.train + part.held_out for part in self._journal.parts)

    @property
    def n_train(self) -> int:
        """Of them, those to learn from."""
        return sum(part.train for part in self._journal.parts)

    def offer(self, part: Part, wait_s: float = 0.1) -> bool:
        """Hand over a part; False where the disk is behind, and it must be offered again.

        Raises:
            NoRoom, Unavailable: a part before it could not be written.
        """
        self._raise()
        try:
            self._parts.put(part, timeout=wait_s)
        except Full:
            return False
        return True

    def settled(self, wait_s: float = 0.05) -> bool:
        """Whether all that was handed over is on the disk, or has failed; waits so long for it."""
        with self._parts.all_tasks_done:
            return self._parts.all_tasks_done.wait_for(lambda: not self._parts.unfinished_tasks, wait_s)

    def finish(self) -> Header:
        """Wait for the last part and declare the recording complete.

        Raises:
            NoRoom, Unavailable: a part could not be written.
        """
        self._stop()
        self._raise()
        header = self.header.model_copy(update={"complete": True, "tokens_sha256": self._hash_tokens()})
        self._commit(Journal(header=header, parts=self._journal.parts))
        self.close()
        return header

    def close(self) -> None:
        """Let the part that is being written be finished, and leave the rest for the next time; where no part was
        written, no folder stays that says so.
        """
        self._stop()
        if self._lock.is_locked and not (self._journal.parts or self.header.complete):
            _remove_empty(self.path)
        self._leave()

    # ── The thread ───────────────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while (part := self._parts.get()) is not None:
            if self._trouble is None:
                try:
                    self._write(part)
                except BaseException as trouble:  # Told at the next call, in the thread that makes it.
                    self._trouble = trouble
            self._parts.task_done()

    def _write(self, part: Part) -> None:
        number, sites = len(self._journal.parts), [parse_site(site) for site in self.header.sites]
        header = self.header.model_dump_json(exclude=_MAY_DIFFER)
        moves: list[tuple[Path, Path]] = []
        for split in SPLITS:
            chosen = np.flatnonzero(part.held_out == (split == "held_out"))
            tokens = part.tokens.at(chosen)
            snippets = [part.snippets[sample] for sample in tokens.sample_id.tolist()]
            for index, site in enumerate(sites if len(chosen) else ()):
                note = Note(site=str(site), split=split, part=number, first="", last="")
                temporary = self._partial / f"{split}-{site}.parquet"
                vectors = part.vectors[index][chosen]
                write_shard(temporary, vectors, tokens, snippets, site.layer, note, header)
                moves.append((temporary, shard_path(self.path, split, site, number)))
        for temporary, path in moves:
            _move(temporary, path)
        n_held_out = int(part.held_out.sum())
        done = Finished(train=len(part.held_out) - n_held_out, held_out=n_held_out, next=part.next)
        begun = self.header.model_copy(update={"complete": False, "tokens_sha256": ""})
        self._commit(Journal(header=begun, parts=(*self._journal.parts, done)))

    def _commit(self, journal: Journal) -> None:
        pairs = {KEY: journal.model_dump_json().encode()}
        temporary = self._partial / JOURNAL
        write_table(schema(journal.header.d_model, journal.header.dtype, pairs).empty_table(), temporary)
        _move(temporary, self.path / JOURNAL)
        self._journal = journal

    def _hash_tokens(self) -> str:
        site, digest = parse_site(self.header.sites[0]), hashlib.sha256()
        for split in SPLITS:
            for number, part in enumerate(self._journal.parts):
                if getattr(part, split):
                    tokens = read_tokens(shard_path(self.path, split, site, number))
                    digest.update(tokens.token_id.astype("<i4").tobytes())
        return digest.hexdigest()

    # ── Beginning and end ────────────────────────────────────────────────────────────────────────────────

    def _go_on(self, header: Header) -> Journal:
        """The journal as it stands; what it does not name is removed."""
        if not (self.path / JOURNAL).is_file():
            self._journal = Journal(header=header)
            self._commit(self._journal)
        journal = read_journal(self.path)
        _check_same(self.path, journal.header, header)
        sites = [parse_site(site) for site in journal.header.sites]
        named = {
            shard_path(self.path, split, site, number)
            for number, part in enumerate(journal.parts)
            for split in SPLITS
            if getattr(part, split)
            for site in sites
        }
        for file in self.path.glob("*/*/*.parquet"):
            if file not in named:
                file.unlink()
        if lost := sorted(file for file in named if not file.is_file()):
            raise Invalid(f"{lost[0]} is gone, and {len(lost)} in all.", next="Record into another folder.")
        return journal

    def _stop(self) -> None:
        if self._thread.is_alive():
            self._parts.put(None)
            self._thread.join()

    def _raise(self) -> None:
        if isinstance(self._trouble, OSError):
            raise cannot_write(self.path, self._trouble) from self._trouble
        if self._trouble is not None:
            raise self._trouble

    def _leave(self) -> None:
        if self._lock.is_locked:
            shutil.rmtree(self._partial, ignore_errors=True)
            self._lock.release()


def _check_place(path: Path, resume: bool) -> None:
    if path.exists() and not path.is_dir():
        raise Invalid(f"{path} is a file; a recording is a folder.", next="Give another --out, or remove the file.")
    if not path.is_dir():
        return
    if (path / JOURNAL).is_file():
        if not resume:
            raise Invalid(f"{path} holds a recording already.", next="Give another --out, or go on with it: --resume.")
    elif any(path.iterdir()):
        raise Invalid(f"{path} holds other things than a recording.", next="Give an --out that is not there yet.")


def _remove_empty(path: Path) -> None:
    """What else lies there is not ours, and stays."""
    if path.is_dir() and [file.name for file in path.iterdir()] == [JOURNAL]:
        shutil.rmtree(path)


def _check_same(path: Path, found: Header, asked: Header) -> None:
    mine, theirs = (header.model_dump(exclude=_MAY_DIFFER) for header in (found, asked))
    if differs := [f"{name} {mine[name]!r}, not {theirs[name]!r}" for name in mine if mine[name] != theirs[name]]:
        raise Incompatible(
            f"{path} is a recording of something else: {'; '.join(differs)}.",
            next="Give another --out, or ask for the same as before to go on.",
        )


def _move(temporary: Path, path: Path) -> None:
    """Into its place, once its bytes are on the disk."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(path)
