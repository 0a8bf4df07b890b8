"""Dictionaries of features ⇄ Parquet: written once by a harvest, asked through DuckDB.

    <home>/features/<sae slug>/
      dictionary.json       what was harvested, of what, how
      features.parquet      one row a feature, by index: statistics, histogram, tokens, logits
      examples.parquet      firings with their surroundings, by feature, group and rank
      neighbours.parquet    features near each: by decoder row (`cosine`) and by when they fire (`cofiring`)
      tokens.parquet        tokens on which each fires more than their base rate
      vocabulary.parquet    the text of every token id

A harvest writes beside the folder and takes its place at the end: a reader sees the old dictionary or the new one.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import JsonValue

from microscope.errors import Invalid, NoRoom, NotFound
from microscope.store.files import Folder
from microscope.store.staging import Staging, settle

HEAD = "dictionary.json"
WEIGHTS = "sae_sha256"
"""In the head: the hash of the SAE's weights."""

RULE = "rule_sha256"
"""In the head: the hash of the rule by which the SAE reads them; heads of earlier harvests have none."""

AGAIN = "Harvest its features again; what was said of them is kept."
HARVEST = "Harvest it: the button on its page, or a run of the family harvest."

_IDS, _FLOATS = pa.list_(pa.int32()), pa.list_(pa.float32())

SCHEMAS: dict[str, pa.Schema] = {
    "features": pa.schema(
        {
            "index": pa.int32(),
            "count": pa.int64(),
            "density": pa.float64(),
            "max": pa.float32(),
            "mean": pa.float64(),
            "first_bin": pa.int16(),
            "histogram": _IDS,
            "top_tokens": _IDS,
            "top_texts": pa.string(),
            "top_logit_ids": _IDS,
            "top_logits": _FLOATS,
            "top_logit_texts": pa.string(),
            "bottom_logit_ids": _IDS,
            "bottom_logits": _FLOATS,
        }
    ),
    "examples": pa.schema(
        {
            "feature": pa.int32(),
            "group": pa.string(),
            "rank": pa.int16(),
            "activation": pa.float32(),
            "document": pa.int64(),
            "held_out": pa.bool_(),
            "position": pa.int32(),
            "start": pa.int32(),
            "ids": _IDS,
            "activations": _FLOATS,
            "text": pa.string(),
        }
    ),
    "neighbours": pa.schema(
        {
            "feature": pa.int32(),
            "kind": pa.string(),
            "rank": pa.int16(),
            "other": pa.int32(),
            "cosine": pa.float32(),
            "count": pa.int64(),
            "jaccard": pa.float64(),
            "pmi": pa.float64(),
        }
    ),
    "tokens": pa.schema(
        {
            "feature": pa.int32(),
            "rank": pa.int16(),
            "id": pa.int32(),
            "count": pa.int64(),
            "of": pa.int64(),
            "lift": pa.float64(),
        }
    ),
    "vocabulary": pa.schema({"id": pa.int32(), "text": pa.string()}),
}

ROW_GROUP = 16_384
"""Rows that DuckDB skips together by their least and greatest feature."""

_FOLDED = "nfc_normalize(replace(lower(nfc_normalize({})), 'i\u0307', 'i'))"
"""A text as it is compared: one spelling of accents, lower case, and İ as the i that it becomes."""

_SAYING_IT = f"(SELECT list(id) FROM {{vocabulary}} WHERE contains({_FOLDED.format('text')}, {_FOLDED.format('$q')}))"
"""Tokens whose texts say it: one by one, so that nothing is found across two of them."""

_SEARCHED = {
    "token": f"SELECT index FROM {{features}} WHERE list_has_any(top_tokens, {_SAYING_IT})",
    "logit": f"SELECT index FROM {{features}} WHERE list_has_any(top_logit_ids, {_SAYING_IT})",
    "text": f"SELECT DISTINCT feature FROM {{examples}} "
    f"WHERE contains({_FOLDED.format('text')}, {_FOLDED.format('$q')})",
}

Searched = Literal["token", "logit", "text"]
Format = Literal["csv", "parquet", "jsonl"]


class Lists(NamedTuple):
    """A column of lists."""

    values: NDArray[Any]
    """Of all rows, one behind the other."""

    lengths: NDArray[np.int64]
    """Of each row's list."""


Column = Sequence[Any] | NDArray[Any] | Lists


def _array(column: Column, kind: Any) -> Any:
    if not isinstance(column, Lists):
        return pa.array(column, kind)
    offsets = np.concatenate([[0], np.cumsum(column.lengths)]).astype(np.int32)
    assert pa.types.is_list(kind), f"{kind} is no list"
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(column.values, kind.value_type))


class Writer:
    """A dictionary being written, as a context: left without `finish`, nothing has changed."""

    def __init__(self, folder: Folder, slug: str) -> None:
        """
        Raises:
            Denied: a slug that leads elsewhere.
            NoRoom: nothing can be written there.
        """
        self.path = place_of(folder, slug)
        with self._in_words():
            self._staging = Staging(self.path)
        self._tables: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        for table in self._tables.values():
            with suppress(OSError):  # The disk is full, which has been told.
                table.close()
        self._staging.discard()

    @contextmanager
    def _in_words(self) -> Generator[None]:
        try:
            yield
        except OSError as trouble:
            raise NoRoom(
                f"Could not write {self.path}: {trouble}.", next="Free some disk space and harvest again."
            ) from trouble

    def add(self, table: str, columns: Mapping[str, Column]) -> None:
        """Rows behind those that are there: features in rising order.

        Raises:
            NoRoom: the disk is full.
        """
        schema = SCHEMAS[table]
        assert set(columns) == set(schema.names), f"{table} has {schema.names}, got {sorted(columns)}"
        arrays = [_array(columns[field.name], field.type) for field in schema]
        with self._in_words():
            if table not in self._tables:
                file = self._staging.path / f"{table}.parquet"
                self._tables[table] = pq.ParquetWriter(file, schema, compression="zstd")
            self._tables[table].write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROW_GROUP)

    def finish(self, head: Mapping[str, JsonValue]) -> Path:
        """All tables are complete: they take the place of what was there.

        Raises:
            NoRoom: the disk is full; what was there stays.
        """
        for name in SCHEMAS.keys() - self._tables.keys():
            self.add(name, {column: [] for column in SCHEMAS[name].names})
        with self._in_words():
            for table in self._tables.values():
                table.close()
            self._tables = {}
            (self._staging.path / HEAD).write_text(json.dumps(dict(head), indent=1))
            self._staging.take_place()
        return self.path


def place_of(folder: Folder, slug: str) -> Path:
    """Where the dictionary of an SAE lies.

    Raises:
        Denied: a slug that leads elsewhere.
    """
    return folder.path(f"features/{slug}")


def weights_of(folder: Folder, slug: str) -> str:
    """Hash of the SAE's weights that the dictionary was made of, as `core.saes.identity` says; empty where none is."""
    return str(head_of(folder, slug).get(WEIGHTS, ""))


def head_of(folder: Folder, slug: str) -> dict[str, Any]:
    """What a dictionary says of itself; empty where there is none.

    Raises:
        Invalid: it is no JSON.
    """
    head = place_of(folder, slug) / HEAD
    return _head(head) if head.is_file() else {}


def _head(path: Path) -> dict[str, Any]:
    """
    Raises:
        Invalid: it is no JSON.
    """
    try:
        return json.loads(path.read_text())
    except ValueError as wrong:
        raise Invalid(f"{path} cannot be read: {wrong}.", next=AGAIN) from wrong


def harvested(folder: Folder) -> list[str]:
    """Slugs of the SAEs that have a dictionary here."""
    settle(folder.path("features"))
    return sorted(head.parent.name for head in folder.path("features").glob(f"[!.]*/{HEAD}"))


class Reader:
    """One dictionary. Its methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            NotFound: nothing was harvested there.
            Invalid: its head cannot be read, or a table is missing.
        """
        self.path = path
        if not path.exists():
            settle(path.parent)
        if not (path / HEAD).is_file():
            raise NotFound(f"No features of {path.name} were harvested here.", next=HARVEST)
        self.head = _head(path / HEAD)
        if missing := [name for name in SCHEMAS if not (path / f"{name}.parquet").is_file()]:
            raise _incomplete(path, f"{', '.join(f'{name}.parquet' for name in missing)} not there")
        self._database = duckdb.connect()
        self._database.execute("SET enable_progress_bar = false")

    @property
    def stamp(self) -> int:
        """Another one for another dictionary in the same place."""
        return stamp_of(self.path)

    def column(self, name: str) -> NDArray[Any]:
        """A column of the features' table, by index."""
        (values,) = self._numpy(f'SELECT "{name}" FROM {self._table("features")} ORDER BY index').values()
        return np.asarray(values)

    def features(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Rows of the features' table in this order."""
        rows = self._rows(
            f"SELECT * FROM {self._table('features')} WHERE index IN (SELECT unnest($wanted::INTEGER[]))",
            {"wanted": list(indices)},
        )
        by_index = {row["index"]: row for row in rows}
        return [by_index[index] for index in indices]

    def top_tokens(self, indices: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Of each of these features the ids on which its strongest examples peak."""
        chosen = "WHERE index IN (SELECT unnest($wanted::INTEGER[]))"
        rows = self._rows(
            f"SELECT index, top_tokens FROM {self._table('features')} {chosen}", {"wanted": list(indices)}
        )
        return {row["index"]: tuple(row["top_tokens"]) for row in rows}

    def of_feature(self, table: Literal["examples", "neighbours", "tokens"], feature: int) -> list[dict[str, Any]]:
        """A feature's rows of another table, in the order in which they were written."""
        return self._rows(f"SELECT * FROM {self._table(table)} WHERE feature = $feature", {"feature": feature})

    def search(self, q: str, where: Searched) -> NDArray[np.int64]:
        """Indices of the features of which `where` says `q`, whatever the case and however accents are spelled."""
        tables = {name: self._table(name) for name in ("features", "examples", "vocabulary")}
        query = _SEARCHED[where].format(**tables)
        (found,) = self._numpy(query, {"q": q}).values()
        return np.asarray(found, np.int64)

    def listed(self, name: Literal["top_tokens", "top_logit_ids"]) -> list[list[str]]:
        """Texts of the tokens in a column of lists of ids, of every feature by its index."""
        texts = {row["id"]: row["text"] for row in self._rows(f"SELECT id, text FROM {self._table('vocabulary')}", {})}
        rows = self._rows(f'SELECT "{name}" AS ids FROM {self._table("features")} ORDER BY index', {})
        return [[texts[id] for id in row["ids"]] for row in rows]

    def texts(self, ids: Sequence[int]) -> dict[int, str]:
        """Of token ids; bytes that are no UTF-8 by themselves show as U+FFFD."""
        rows = self._rows(
            f"SELECT id, text FROM {self._table('vocabulary')} WHERE id IN (SELECT unnest($wanted::INTEGER[]))",
            {"wanted": sorted(set(ids))},
        )
        return {row["id"]: row["text"] for row in rows}

    def export(self, columns: Mapping[str, Sequence[Any]], format: Format) -> bytes:
        """A table of these columns as a file; in CSV, which has no lists, a list is a cell of JSON."""
        table, sink = pa.table(dict(columns)), pa.BufferOutputStream()
        match format:
            case "csv":
                pyarrow.csv.write_csv(_flat(table), sink)
            case "parquet":
                pq.write_table(table, sink, compression="zstd")
            case "jsonl":
                for row in table.to_pylist():
                    sink.write(f"{json.dumps(row, ensure_ascii=False)}\n".encode())
        return sink.getvalue().to_pybytes()

    @cached_property
    def _paths(self) -> dict[str, str]:
        return {name: str(self.path / f"{name}.parquet").replace("'", "''") for name in SCHEMAS}

    def _table(self, name: str) -> str:
        return f"read_parquet('{self._paths[name]}')"

    def _numpy(self, query: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._asked(query, parameters or {}).fetchnumpy()

    def _rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = self._asked(query, parameters)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _asked(self, query: str, parameters: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        """
        Raises:
            Invalid: a file was taken away or cut off since.
        """
        try:
            return self._database.cursor().execute(query, dict(parameters))
        except duckdb.Error as wrong:
            raise _incomplete(self.path, str(wrong).splitlines()[0]) from wrong


def _flat(table: Any) -> Any:
    columns = {
        field.name: [json.dumps(one, ensure_ascii=False) for one in table.column(field.name).to_pylist()]
        for field in table.schema
        if pa.types.is_list(field.type)
    }
    return pa.table({name: columns.get(name, table.column(name)) for name in table.schema.names})


def _incomplete(path: Path, why: str) -> Invalid:
    return Invalid(f"The features in {path} are not whole: {why}.", next=AGAIN)


def stamp_of(path: Path) -> int:
    """When the dictionary in this place was written, in nanoseconds; 0 where there is none."""
    head = path / HEAD
    return head.stat().st_mtime_ns if head.is_file() else 0


def chunks(n_features: int) -> Iterator[range]:
    """Features to write at once, so that a large dictionary is never in memory as a whole."""
    size = max(256, min(4_096, 2**24 // n_features))
    for start in range(0, n_features, size):
        yield range(start, min(start + size, n_features))
