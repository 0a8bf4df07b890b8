from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microscope.core.sites import Site
from microscope.errors import Incompatible, Invalid
from microscope.store.activations import open_recording

D = 4
N_DOCUMENTS, LENGTH = 60, 5
N = N_DOCUMENTS * LENGTH

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(activation=…, token_id=None)` writes a table of the older layout with columns replaced or left out."""

    def table(**changes: Any) -> Path:
        rng = np.random.default_rng(0)
        columns: dict[str, Any] = {
            "sample_id": np.repeat(np.arange(N_DOCUMENTS), LENGTH),
            "token_pos": np.tile(np.arange(LENGTH), N_DOCUMENTS),
            "token_id": rng.integers(0, 50, N),
            "activation": pa.array(rng.standard_normal((N, D)).astype(np.float32).tolist(), pa.list_(pa.float32())),
            "layer_idx": np.full(N, 3),
            "text_snippet": ["text"] * N,
            **changes,
        }
        path = tmp_path / "older.parquet"
        pq.write_table(pa.table({name: column for name, column in columns.items() if column is not None}), path)
        return path

    return table


def test_the_older_layout_is_read_as_it_stands(write: Write) -> None:
    path = write()
    recording = open_recording(path)
    site = Site(3, "resid_post")
    assert (recording.sites, recording.header.d_model, recording.header.layout) == ((site,), D, "parquet")
    table = pq.read_table(path).to_pydict()
    by_token = {
        (sample, position): (token, vector)
        for sample, position, token, vector in zip(
            table["sample_id"], table["token_pos"], table["token_id"], table["activation"], strict=True
        )
    }
    met = 0
    for split in ("train", "held_out"):
        tokens = recording.tokens(site, split)
        rows = recording.rows(site, split, np.arange(recording.n_rows(site, split)))
        assert len(rows)
        for *key, token, vector in zip(tokens.sample_id, tokens.token_pos, tokens.token_id, rows, strict=True):
            assert by_token[int(key[0]), int(key[1])][0] == token
            np.testing.assert_array_equal(by_token[int(key[0]), int(key[1])][1], vector)
            met += 1
    assert met == N


def test_a_document_is_on_one_side_only_whatever_the_order_of_its_rows(write: Write) -> None:
    site = Site(3, "resid_post")
    path = write()
    before = open_recording(path)
    held_out = set(before.tokens(site, "held_out").sample_id.tolist())
    assert 0 < len(held_out) < N_DOCUMENTS / 2
    assert not held_out & set(before.tokens(site, "train").sample_id.tolist())
    table = pq.read_table(path)
    pq.write_table(table.take(np.random.default_rng(1).permutation(N)), path)
    after = open_recording(path)
    assert set(after.tokens(site, "held_out").sample_id.tolist()) == held_out


def test_several_layers_are_several_sites(write: Write) -> None:
    recording = open_recording(write(layer_idx=np.tile([2, 5], N // 2)))
    assert recording.header.sites == ("L2.resid_post", "L5.resid_post")
    assert sum(recording.n_rows(Site(5, "resid_post"), split) for split in ("train", "held_out")) == N // 2


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float64()), pa.large_list(pa.float16()), pa.list_(pa.float16(), D)], ids=str
)
def test_any_list_of_floats_will_do(write: Write, kind: Any) -> None:
    values = [[0.5, -1.0, 2.0, 4.0]] * N
    recording = open_recording(write(activation=pa.array(values).cast(kind)))
    rows = recording.rows(Site(3, "resid_post"), "train", np.arange(2))
    np.testing.assert_array_equal(rows, np.array(values[:2], np.float32))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"token_id": None}, "has no column token_id; its columns are sample_id, token_pos, activation"),
        ({"activation": pa.array([[1.0] * 4] * (N - 1) + [[1.0] * 3])}, "are 3 to 4 wide; expected one width"),
        ({"activation": pa.array([[1.0] * 4] * (N - 1) + [None])}, "1 rows without a vector"),
        ({"activation": np.arange(N)}, "is int64; expected lists of floats"),
        ({"activation": pa.array([["a"]] * N)}, "is list<.*string>; expected lists of floats"),
        ({"activation": pa.array([[1.0] * 4] * 7 + [[np.nan] * 4] * (N - 7))}, r"row 7 .* is not finite, and so are"),
        ({"token_id": ["a"] * N}, "Column token_id of .* is string"),
    ],
)
def test_other_tables_are_refused_in_words(write: Write, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        open_recording(write(**changes))


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    kinds = {"sample_id": pa.int64(), "token_pos": pa.int32(), "token_id": pa.int32()}
    empty = pa.schema([*kinds.items(), ("activation", pa.list_(pa.float32()))]).empty_table()
    pq.write_table(empty, tmp_path / "empty.parquet")
    with pytest.raises(Invalid, match="has no rows"):
        open_recording(tmp_path / "empty.parquet")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("not Parquet at all")
    with pytest.raises(Invalid, match="no whole Parquet file"):
        open_recording(tmp_path / "text.parquet")


def test_its_width_tells_a_model_that_does_not_fit(write: Write) -> None:
    recording = open_recording(write())
    recording.check("ab", D, "tiny")
    with pytest.raises(Incompatible, match=r"another model .d_model=4"):
        recording.check("ab", 8, "tiny")
