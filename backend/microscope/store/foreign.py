"""Recordings of the older layout: one Parquet table, its vectors a list column, without a word of the model.

Columns sample_id, token_pos, token_id, activation (a list of any float), and where they are there layer_idx and
text_snippet. The vectors are decoded once and kept in memory. Which documents are held out is decided by their token
ids, since their text is not there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Bool
from numpy.typing import NDArray

from microscope.core.sites import Site
from microscope.errors import Invalid, NoRoom
from microscope.store.activations import RECORD, Header, Recording, Source
from microscope.store.shards import KEY, SPLITS, Split, Tokens, read_footer

HELD_OUT = 0.1

_COLUMNS = (*Tokens._fields, "activation")


class Loaded(NamedTuple):
    """Rows in memory."""

    vectors: NDArray[np.float32]
    kept: Tokens

    @property
    def n_rows(self) -> int:
        return len(self.vectors)

    def tokens(self) -> Tokens:
        return self.kept


def open_table(path: Path) -> Recording:
    """
    Raises:
        Invalid: one shard of a recording, columns missing, vectors of several widths or that are not finite.
        NoRoom: it does not fit in memory.
    """
    metadata, pairs = read_footer(path)
    if KEY in pairs:
        folder = path.parent if path.stem.startswith("_") else path.parents[2]
        raise Invalid(f"{path} is one file of a recording.", next=f"Give the recording's folder: {folder}")
    columns: list[str] = pq.read_schema(path).names
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise Invalid(
            f"{path} has no column {', '.join(missing)}; its columns are {', '.join(columns)}.",
            next=f"Give a recording: {RECORD}",
        )
    _check_room(path, metadata)
    table = pq.read_table(path, columns=[*_COLUMNS, *({"layer_idx"} & set(columns))])
    return _recording(path, table)


def _check_room(path: Path, metadata: Any) -> None:
    group = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    values = sum(one.column(index).num_values for one in group for index in range(one.num_columns))
    # Decoded by Arrow, and once more as the rows that are kept.
    if (needed := 8 * values) > (free := psutil.virtual_memory().available):
        raise NoRoom(
            f"The vectors of {path} must be decoded, which takes {needed / 1e9:.1f} GB; {free / 1e9:.1f} GB are free.",
            next=f"Record it again in the layout that is mapped: {RECORD}",
        )


def _recording(path: Path, table: Any) -> Recording:
    has_layers = "layer_idx" in table.column_names
    layers = _integers(path, table, "layer_idx") if has_layers else np.zeros(len(table), np.int64)
    tokens = Tokens(
        _integers(path, table, "sample_id"),
        _integers(path, table, "token_pos").astype(np.int32),
        _integers(path, table, "token_id").astype(np.int32),
    )
    vectors = _vectors(path, table.column("activation"))
    sites = [Site(int(layer), "resid_post") for layer in np.unique(layers)]
    sources: dict[tuple[Site, Split], list[Source]] = {}
    for site in sites:
        here = layers == site.layer
        held_out = _held_out(tokens.at(here))
        for split in SPLITS:
            rows = np.flatnonzero(here)[held_out == (split == "held_out")]
            some = [Loaded(vectors[rows], tokens.at(rows))] if len(rows) else []
            sources[site, split] = list(some)
    header = Header(
        layout="parquet",
        model_name="",
        revision="",
        weights_sha256="",
        sites=tuple(map(str, sites)),
        d_model=vectors.shape[1],
        dtype="float32",
        dataset=path.name,
        context_size=0,
        prepend_bos=None,
        held_out=HELD_OUT,
        complete=True,
    )
    return Recording(path, header, sources)


def _integers(path: Path, table: Any, name: str) -> NDArray[np.int64]:
    column = table.column(name)
    if not pa.types.is_integer(column.type) or column.null_count:
        raise Invalid(
            f"Column {name} of {path} is {column.type} with {column.null_count} nulls; expected integers.",
            next=f"Give a recording: {RECORD}",
        )
    return column.to_numpy().astype(np.int64)


def _vectors(path: Path, column: Any) -> NDArray[np.float32]:
    """(row, d_model) of a list column."""
    widths = _widths(path, column)
    if not len(widths):
        raise Invalid(f"{path} has no rows.", next=f"Record again: {RECORD}")
    if widths[0] == 0 or (widths != widths[0]).any():
        raise Invalid(
            f"The vectors of {path} are {widths.min()} to {widths.max()} wide; expected one width.",
            next=f"Record one model only: {RECORD}",
        )
    flat = pc.call_function("list_flatten", [column])
    vectors = flat.to_numpy().astype(np.float32).reshape(-1, int(widths[0]))
    if (wrong := np.flatnonzero(~np.isfinite(vectors).all(1))).size:
        raise Invalid(
            f"The vector of row {wrong[0]} of {path} is not finite, and so are {wrong.size} in all.",
            next="Record it again with --activations-dtype float32.",
        )
    return vectors


def _widths(path: Path, column: Any) -> NDArray[np.int64]:
    kind = column.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not is_list or not pa.types.is_floating(kind.value_type):
        raise Invalid(
            f"Column activation of {path} is {kind}; expected lists of floats.", next=f"Give a recording: {RECORD}"
        )
    if column.null_count:
        raise Invalid(f"{path} has {column.null_count} rows without a vector.", next=f"Record it again: {RECORD}")
    if pa.types.is_fixed_size_list(kind):
        return np.full(len(column), kind.list_size, dtype=np.int64)
    return pc.call_function("list_value_length", [column]).to_numpy().astype(np.int64)


def _held_out(tokens: Tokens) -> Bool[NDArray[np.bool_], " row"]:
    """Whether a row's document is held out: by the hash of its token ids, whatever the order of the rows."""
    documents, where = np.unique(tokens.sample_id, return_inverse=True)
    order = np.lexsort((tokens.token_pos, where))
    edges = np.searchsorted(where[order], np.arange(1, len(documents)))
    held = [
        int.from_bytes(hashlib.sha256(ids.astype("<i4").tobytes()).digest()[:8]) / 2**64 < HELD_OUT
        for ids in np.split(tokens.token_id[order], edges)
    ]
    return np.array(held, dtype=bool)[where]
