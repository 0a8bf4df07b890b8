"""Looks into files that may be large: a window of a table, the heads of tensors. Neither is ever read as a whole."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import torch
from safetensors import SafetensorError, safe_open

from microscope.errors import Invalid, Unsupported

LIST_ENTRIES = 32
"""Of a cell that is a list."""

TEXT_CHARS = 2_000
"""Of a cell that is a text."""

FIRST = 8
"""Values of a tensor that are shown."""

CHUNK_ROWS_BYTES = 16 << 20
"""Of a tensor, in memory at once."""


class Window(NamedTuple):
    """Some rows of a table."""

    columns: list[str]
    types: list[str]
    """As DuckDB names them."""

    rows: list[list[Any]]
    """JSON values."""

    total: int


class Head(NamedTuple):
    """A tensor and what its values are like; None where none of them is finite."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    min: float | None
    max: float | None
    mean: float | None
    first: list[float]


def table_window(path: Path, offset: int, limit: int, sort: str = "") -> Window:
    """
    Args:
        sort: a column, with `-` in front of it from the greatest down; empty is the order of the file.

    Raises:
        Invalid: there is no such column.
        Unsupported: it is no Parquet file that can be read.
    """
    descending, column = sort.startswith("-"), sort.removeprefix("-")
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
            columns = [str(row[0]) for row in described]
            if column and column not in columns:
                raise Invalid(f"The table has no column {column!r}.", next=f"Expected one of {', '.join(columns)}.")
            quoted = '"' + column.replace('"', '""') + '"'
            order = f"ORDER BY {quoted} {'DESC' if descending else 'ASC'} NULLS LAST" if column else ""
            query = f"SELECT * FROM read_parquet(?, file_row_number = false) {order} LIMIT ? OFFSET ?"
            found = connection.execute(query, [str(path), limit, offset]).fetchall()
            total = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
    except duckdb.Error as wrong:
        raise Unsupported(
            f"{path.name} cannot be read as a table: {str(wrong).splitlines()[0]}", next="Download the file."
        ) from wrong
    assert total is not None, "a count is one row"
    return Window(columns, [str(row[1]) for row in described], [[_cell(value) for value in row] for row in found],
                  int(total[0]))  # fmt: skip


def tensor_heads(path: Path) -> tuple[dict[str, str], list[Head]]:
    """The file's metadata, and its tensors in their order.

    Raises:
        Unsupported: it is no safetensors file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            heads = [_head(name, file.get_slice(name)) for name in file.offset_keys()]
            return dict(file.metadata() or {}), heads
    except (SafetensorError, OSError) as wrong:
        raise Unsupported(f"{path.name} is no safetensors file: {wrong}.", next="Download the file.") from wrong


def _head(name: str, part: Any) -> Head:
    shape, dtype = tuple(part.get_shape()), str(part.get_dtype())
    whole = shape == () or 0 in shape
    row_bytes = 8 * math.prod(shape[1:]) if not whole else 1
    rows = max(1, CHUNK_ROWS_BYTES // row_bytes)
    chunks = [part[...]] if whole else (part[start : start + rows] for start in range(0, shape[0], rows))
    least, most, total, count, first = math.inf, -math.inf, 0.0, 0, list[float]()
    for chunk in chunks:
        values = chunk.to(torch.float64).ravel()
        if not first:
            first = [_finite(value) or 0.0 for value in values[:FIRST].tolist()]
        there = values[values.isfinite()]
        if len(there):
            least, most = min(least, there.min().item()), max(most, there.max().item())
            total, count = total + there.sum().item(), count + len(there)
    if not count:
        return Head(name, dtype, shape, None, None, None, [])
    return Head(name, dtype, shape, least, most, total / count, first)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _cell(value: Any) -> Any:
    """As JSON has it."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return _finite(value)
        case str():
            return value if len(value) <= TEXT_CHARS else f"{value[:TEXT_CHARS]}…"
        case bytes():
            return f"{value[:LIST_ENTRIES].hex()}{'…' if len(value) > LIST_ENTRIES else ''}"
        case list() | tuple():
            more = ["…"] if len(value) > LIST_ENTRIES else []
            return [_cell(one) for one in value[:LIST_ENTRIES]] + more
        case dict():
            return {str(name): _cell(one) for name, one in value.items()}
        case date() | datetime():
            return value.isoformat()
        case _:
            return str(value)
