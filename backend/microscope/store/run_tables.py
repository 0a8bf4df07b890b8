"""Tables that grow while a run goes on: `parts/<table>/<number>.parquet`, in the end `tables/<table>.parquet`.

Rows wait in memory until a checkpoint is written, or there are many. A part is written whole; those that no checkpoint
knows of are dropped when the run goes on, so that nothing is there twice and nothing is missing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from microscope.errors import Unavailable
from microscope.store.run_folder import PARTS, in_words

PART_BYTES = 64 << 20
"""Of rows that wait in memory."""


class RunTables:
    """Belongs to whoever writes the directory."""

    def __init__(self, directory: Path, part_bytes: int = PART_BYTES) -> None:
        self._directory = directory
        self._part_bytes = part_bytes
        self._waiting: dict[str, list[Any]] = {}
        self._bytes = 0
        self._parts: dict[str, int] = {}

    def begin(self, kept: Mapping[str, int]) -> None:
        """Go on behind these parts.

        Args:
            kept: number of parts by table.

        Raises:
            Unavailable: one of them is gone.
        """
        root = self._directory / PARTS
        for folder in root.iterdir() if root.is_dir() else ():
            if folder.name not in kept:
                shutil.rmtree(folder)
        for table, count in kept.items():
            wanted = {self._part(table, number) for number in range(count)}
            there = set((root / table).glob("*")) if (root / table).is_dir() else set[Path]()
            _check(table, wanted - there)
            for left in there - wanted:
                left.unlink()
        self._parts = dict(kept)

    def add(self, table: str, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        """Rows behind the others.

        Raises:
            NoRoom: the disk is full.
        """
        assert re.fullmatch(r"\w[\w.-]*", table), f"{table!r} is no name of a table"
        rows = pa.table({name: _column(values) for name, values in columns.items()})
        self._waiting.setdefault(table, []).append(rows)
        self._bytes += rows.nbytes
        if self._bytes > self._part_bytes:
            self.flush()

    def flush(self) -> dict[str, int]:
        """Write what waits; the number of parts by table.

        Raises:
            NoRoom: the disk is full; what was written before is whole.
        """
        for table, waiting in self._waiting.items():
            number = self._parts.get(table, 0)
            path = self._part(table, number)
            rows = pa.concat_tables(waiting, promote_options="permissive")
            with in_words(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, rows.schema, [rows])
            self._parts[table] = number + 1
        self._waiting, self._bytes = {}, 0
        return dict(self._parts)

    def merge(self) -> None:
        """Every table in one file, part by part.

        Raises:
            NoRoom: the disk is full.
            Unavailable: a part is gone.
        """
        for table, count in self.flush().items():
            parts = [self._part(table, number) for number in range(count)]
            _check(table, {part for part in parts if not part.is_file()})
            schema = pa.unify_schemas([pq.read_schema(part) for part in parts], promote_options="permissive")
            path = self._directory / "tables" / f"{table}.parquet"
            with in_words(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, schema, (_shaped(pq.read_table(part), schema) for part in parts))

    def _part(self, table: str, number: int) -> Path:
        return self._directory / PARTS / table / f"{number:06}.parquet"


def _column(values: Sequence[Any] | NDArray[Any]) -> Any:
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(values).ravel()), values.shape[1])
    return pa.array(values if isinstance(values, np.ndarray) else list(values))


def _shaped(rows: Any, schema: Any) -> Any:
    """A table with all columns of the whole table, in its types."""
    columns = [
        rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _replace(path: Path, schema: Any, tables: Iterable[Any]) -> None:
    """All of the file or nothing."""
    temporary = path.with_name(f".{path.name}")
    try:
        with temporary.open("wb") as file:
            with pq.ParquetWriter(file, schema) as writer:
                for rows in tables:
                    writer.write_table(rows)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _check(table: str, gone: set[Path]) -> None:
    if gone:
        raise Unavailable(
            f"{len(gone)} parts of the table {table!r} are gone from {next(iter(gone)).parent}.",
            next="Somebody deleted them; delete the run's directory and requeue it to begin anew.",
        )
