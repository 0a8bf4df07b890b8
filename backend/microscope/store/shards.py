"""One shard of a recording: a Parquet file that any reader opens, whose vectors are mapped straight from the disk.

    one row group; `activation` a fixed-size list of halves or floats, one data page, PLAIN, uncompressed, nothing null
    → the last rows · d_model · itemsize bytes of that column's chunk are the values, row after row

Decoding a list column costs a hundred times what reading memory does. That a file really is laid out so is checked
when it is opened: its footer says so, and the first and the last vector hash to what was noted when it was written.
Knows files; knows no model.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Int
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from microscope.errors import Invalid, NoRoom, Trouble, Unavailable

Split = Literal["train", "held_out"]
SPLITS: tuple[Split, ...] = ("train", "held_out")

Vectors = NDArray[np.float16] | NDArray[np.float32]
"""(row, d_model)."""

KEY = b"microscope"
"""Of our own metadata in a footer."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Tokens(NamedTuple):
    """What rows stand for."""

    sample_id: Int[NDArray[np.int64], " row"]
    """Which document of the data set, from 0."""

    token_pos: Int[NDArray[np.int32], " row"]
    """Position in the context that the model read: a document longer than a context is read in several, from 0 each."""

    token_id: Int[NDArray[np.int32], " row"]

    def at(self, rows: NDArray[Any]) -> Tokens:
        """These rows, by number or by mask."""
        return Tokens(self.sample_id[rows], self.token_pos[rows], self.token_id[rows])


class Note(BaseModel, frozen=True):
    """What a shard's footer says beside the recording's header."""

    model_config = ConfigDict(extra="ignore")

    site: str
    split: Split
    part: int
    first: str
    """`digest` of the first vector's bytes."""

    last: str


class Footer(BaseModel, frozen=True):
    """Our metadata in a shard's footer."""

    header: dict[str, Any]
    note: Note


class Shard(NamedTuple):
    """A shard that has been checked."""

    path: Path
    n_rows: int
    vectors: Vectors
    """Mapped from the file; nothing is read before it is asked for."""

    def tokens(self) -> Tokens:
        return read_tokens(self.path)


def schema(d_model: int, dtype: Literal["float16", "float32"], metadata: Mapping[bytes, bytes]) -> Any:
    """The documented columns."""
    element = pa.field("element", pa.float16() if dtype == "float16" else pa.float32(), nullable=False)
    columns: dict[str, Any] = {
        "sample_id": pa.int64(),
        "token_pos": pa.int32(),
        "token_id": pa.int32(),
        "layer_idx": pa.int32(),
        "activation": pa.list_(element, d_model),
        "text_snippet": pa.string(),
        "site": pa.string(),
        "split": pa.string(),
    }
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()], dict(metadata))


def write_shard(
    path: Path, vectors: Vectors, tokens: Tokens, snippets: Sequence[str], layer: int, note: Note, header: str
) -> None:
    """Write a shard, whole or not at all.

    Args:
        note: `first` and `last` are filled in here.
        header: the recording's, as JSON.

    Raises:
        NoRoom, Unavailable: it cannot be written; what was written of it is gone.
    """
    n_rows, d_model = vectors.shape
    note = note.model_copy(update={"first": digest(vectors[0]), "last": digest(vectors[-1])})
    footer = f'{{"header": {header}, "note": {note.model_dump_json()}}}'
    shape = schema(d_model, "float16" if vectors.dtype == np.float16 else "float32", {KEY: footer.encode()})
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1))
    columns: list[Any] = [
        *(pa.array(column) for column in tokens),
        pa.array(np.full(n_rows, layer, dtype=np.int32)),
        pa.FixedSizeListArray.from_arrays(flat, type=shape.field("activation").type),
        pa.array(snippets, pa.string()),
        pa.array([note.site], pa.string()).take(pa.array(np.zeros(n_rows, dtype=np.int8))),
        pa.array([note.split], pa.string()).take(pa.array(np.zeros(n_rows, dtype=np.int8))),
    ]
    write_table(pa.Table.from_arrays(columns, schema=shape), path)


def write_table(table: Any, path: Path) -> None:
    """One row group, one page for each column, the vectors as they lie in memory."""
    repeated: Any = ["sample_id", "text_snippet", "site", "split"]
    counted: Any = ["sample_id", "token_pos", "token_id"]
    try:
        pq.write_table(
            table,
            path,
            row_group_size=max(len(table), 1),
            compression="none",
            use_dictionary=repeated,
            write_statistics=counted,
            data_page_size=2**30,
            max_rows_per_page=2**30,
        )
    except OSError as trouble:
        path.unlink(missing_ok=True)
        raise cannot_write(path, trouble) from trouble


def cannot_write(path: Path, trouble: OSError) -> Trouble:
    """In words: no room, or something else."""
    reason = trouble.strerror or str(trouble)
    if trouble.errno in _FULL:
        return NoRoom(
            f"Could not write {path}: {reason}. The shards before it are whole.",
            next="Free some disk space and run it again: it goes on where it stopped.",
        )
    return Unavailable(
        f"Could not write {path}: {reason}.", next="Check the folder and its permissions, and run it again."
    )


def digest(vector: Vectors) -> str:
    """The first 16 hex digits of the SHA-256 of its bytes."""
    return hashlib.sha256(vector.tobytes()).hexdigest()[:16]


def read_footer(path: Path) -> tuple[Any, dict[bytes, bytes]]:
    """A Parquet file's metadata, and its key-value pairs.

    Raises:
        Invalid: no Parquet file, or one that was cut short.
    """
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as trouble:
        raise Invalid(
            f"{path} is no whole Parquet file: {str(trouble).splitlines()[0]}.",
            next="Record it again, or copy it again.",
        ) from trouble
    return metadata, dict(metadata.metadata or {})


def open_shard(path: Path, d_model: int, dtype: Literal["float16", "float32"], note: Mapping[str, Any]) -> Shard:
    """Map a shard's vectors, once it is sure that they lie where the layout has them.

    Args:
        note: what its footer must say of site, split and part.

    Raises:
        Invalid: another file, or one that another program has rewritten.
    """
    metadata, pairs = read_footer(path)
    try:
        found = Footer.model_validate_json(pairs.get(KEY, b"{}")).note
    except ValidationError as wrong:
        raise _rewritten(path, "its footer lacks what this program notes there") from wrong
    if other := {name: value for name, value in note.items() if getattr(found, name) != value}:
        raise _rewritten(path, f"its footer names another place than {other}")
    kind = np.dtype(dtype)
    n_rows: int = metadata.num_rows
    chunk = _chunk(path, metadata)
    size = n_rows * d_model * kind.itemsize
    if chunk.num_values != n_rows * d_model or chunk.total_compressed_size < size:
        raise _rewritten(path, f"its vectors are not {n_rows} of width {d_model} in {dtype}")
    start = chunk.data_page_offset + chunk.total_compressed_size - size
    vectors: Any = np.memmap(path, dtype=kind, mode="r", offset=start, shape=(n_rows, d_model))
    if (digest(vectors[0]), digest(vectors[-1])) != (found.first, found.last):
        raise _rewritten(path, "its first and last vector are not where they were written")
    return Shard(path, n_rows, vectors)


def _chunk(path: Path, metadata: Any) -> Any:
    """The vectors' column chunk, if there is one and it is plain."""
    if metadata.num_row_groups != 1:
        raise _rewritten(path, f"it has {metadata.num_row_groups} row groups; expected one")
    group = metadata.row_group(0)
    columns = {group.column(index).path_in_schema: group.column(index) for index in range(group.num_columns)}
    chunk = columns.get("activation.list.element")
    if chunk is None:
        raise _rewritten(path, "it has no column of vectors")
    if chunk.compression != "UNCOMPRESSED" or chunk.has_dictionary_page or not {*chunk.encodings} <= {"PLAIN", "RLE"}:
        raise _rewritten(path, f"its vectors are {chunk.compression}, {', '.join(chunk.encodings)}")
    return chunk


def _rewritten(path: Path, why: str) -> Invalid:
    return Invalid(
        f"{path} is no shard as this program writes them: {why}.",
        next="Leave a recording's files as they are, or record it again.",
    )


def read_tokens(path: Path) -> Tokens:
    """The token columns of any Parquet file that has them."""
    table = pq.read_table(path, columns=list(Tokens._fields))
    sample_id, token_pos, token_id = (table.column(name).to_numpy() for name in Tokens._fields)
    return Tokens(sample_id.astype(np.int64), token_pos.astype(np.int32), token_id.astype(np.int32))


def begins(tokens: Tokens) -> Bool[NDArray[np.bool_], " row"]:
    """Where a context begins: at position 0, or where the document changes."""
    first = tokens.token_pos == 0
    first[:1] = True
    first[1:] |= tokens.sample_id[1:] != tokens.sample_id[:-1]
    return first
