from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.store.conftest import D_MODEL, SITES, Made, Record, header, parts, put, random_documents

from microscope.core.sites import Site, parse_site
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.store.activations import JOURNAL, open_recording
from microscope.store.recorder import Writer
from microscope.store.shards import SPLITS, Split


def of_split(made: Made, split: Split) -> list[int]:
    return [at for at, held_out in enumerate(made.held_out) if held_out == (split == "held_out")]


def test_rows_are_the_vectors_that_were_recorded(record: Record) -> None:
    made, recording = record()
    for split in SPLITS:
        chosen = of_split(made, split)
        for index, site in enumerate(map(parse_site, SITES)):
            expected = np.concatenate([made.vectors[at][index] for at in chosen])
            assert recording.n_rows(site, split) == len(expected)
            order = np.random.default_rng(0).permutation(len(expected))
            rows = recording.rows(site, split, order)
            assert rows.dtype == np.float32
            np.testing.assert_array_equal(rows, expected[order].astype(np.float32))
            tokens = recording.tokens(site, split)
            np.testing.assert_array_equal(tokens.token_id, np.concatenate([made.ids[at] for at in chosen]))
            np.testing.assert_array_equal(np.unique(tokens.sample_id), chosen)


def test_no_rows_are_no_rows(record: Record) -> None:
    _, recording = record()
    assert recording.rows(Site(0, "resid_post"), "train", np.zeros(0, np.int64)).shape == (0, D_MODEL)


def test_documents_come_back_in_order(record: Record) -> None:
    made, recording = record()
    for split in SPLITS:
        assert list(recording.documents(split)) == [made.ids[at] for at in of_split(made, split)]


def test_a_recording_that_lacks_positions_of_its_texts_is_told_from_a_whole_one(record: Record, tmp_path: Path) -> None:
    _, whole = record()
    whole.check_whole(Site(0, "resid_post"))
    (part,) = parts(random_documents(10), 10)
    there = part.tokens.token_pos != 1
    lacking = part._replace(tokens=part.tokens.at(there), held_out=part.held_out[there], vectors=part.vectors[:, there])
    with Writer(tmp_path / "lacking.parquet", header()) as writer:
        put(writer, lacking)
        writer.finish()
    with pytest.raises(Incompatible, match=r"goes on at position 2, expected 1; .* reads texts from their start"):
        open_recording(tmp_path / "lacking.parquet").check_whole(Site(0, "resid_post"))


def test_what_is_usable_leaves_out_position_0_and_bos(record: Record) -> None:
    _, recording = record(bos_ids=(0, 7))
    site = Site(0, "resid_post")
    tokens = recording.tokens(site, "train")
    usable = recording.usable(site, "train")
    by_hand = [
        row
        for row, (position, token) in enumerate(zip(tokens.token_pos, tokens.token_id, strict=True))
        if position > 0 and token not in (0, 7)
    ]
    assert usable.tolist() == by_hand
    assert 7 in tokens.token_id


def test_an_epoch_of_batches_has_every_usable_row_once(record: Record) -> None:
    _, recording = record(200)
    site = Site(2, "mlp_out")
    usable = recording.usable(site, "train")
    stream = recording.batches(site, "train", 10, seed=3)
    n_batches = -(-len(usable) // 10)
    seen = np.concatenate([next(stream) for _ in range(n_batches)])[: len(usable)].astype(np.float32)
    rows = recording.rows(site, "train", usable)
    assert not np.array_equal(seen, rows)
    np.testing.assert_array_equal(seen[np.lexsort(seen.T)], rows[np.lexsort(rows.T)])


def test_it_opens_in_pandas_polars_and_duckdb(record: Record) -> None:
    made, recording = record()
    site = parse_site(SITES[1])
    expected = recording.rows(site, "held_out", np.arange(recording.n_rows(site, "held_out")))
    path = str(recording.path)

    frame: Any = pd.read_parquet(path)
    chosen = frame[(frame["site"] == SITES[1]) & (frame["split"] == "held_out")].sort_values(["sample_id", "token_pos"])
    check(chosen["activation"], chosen["layer_idx"], chosen["text_snippet"], expected)

    rows: Any = pl.read_parquet(path).filter(pl.col("site") == SITES[1], pl.col("split") == "held_out")
    rows = rows.sort("sample_id", "token_pos")
    check(rows["activation"].to_list(), rows["layer_idx"], rows["text_snippet"], expected)
    assert pl.scan_parquet(path).select(pl.len()).collect().item() == 2 * sum(map(len, made.ids))

    relation: Any = duckdb.sql(
        f"select activation, layer_idx, text_snippet from '{path}/**/*.parquet' "
        f"where site = '{SITES[1]}' and split = 'held_out' order by sample_id, token_pos"
    )
    found = pd.DataFrame(relation.fetchall(), columns=relation.columns)
    check(found["activation"], found["layer_idx"], found["text_snippet"], expected)


def check(vectors: Any, layers: Any, snippets: Any, expected: Any) -> None:
    np.testing.assert_array_equal(np.stack([np.asarray(one, np.float32) for one in vectors]), expected)
    assert {*layers} == {2}
    assert all(snippet.startswith("text ") and snippet.endswith(" é") for snippet in snippets)


def test_a_footer_says_what_was_recorded(record: Record) -> None:
    _, recording = record()
    files = [file for file in recording.path.rglob("*.parquet") if file.name != JOURNAL]
    assert files
    for file in files:
        footer = pq.read_metadata(file).metadata[b"microscope"]
        assert b'"weights_sha256":"abab' in footer.replace(b" ", b"")
        assert f'"site":"{file.parent.name}"'.encode() in footer


def test_a_site_that_was_not_recorded_is_refused_by_name(record: Record) -> None:
    _, recording = record()
    with pytest.raises(NotFound, match=r"no L1.resid_post; expected one of L0.resid_post, L2.mlp_out"):
        recording.n_rows(Site(1, "resid_post"), "train")


def test_another_model_is_refused(record: Record) -> None:
    _, recording = record()
    recording.check("ab" * 32, D_MODEL, "tiny")
    with pytest.raises(Incompatible, match=r"activations of tiny .d_model=8.* other has d_model=8, weights cdcdcdcd"):
        recording.check("cd" * 32, D_MODEL, "other")
    with pytest.raises(Incompatible, match="d_model=16"):
        recording.check("ab" * 32, 16, "wide")


def test_a_place_without_a_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no recording"):
        open_recording(tmp_path / "nothing.parquet")
    with pytest.raises(Invalid, match=r"it has no _recording\.parquet"):
        open_recording(tmp_path)


def a_shard(path: Path) -> Path:
    return path / "train" / SITES[0] / "00001.parquet"


def rewrite(path: Path, **options: Any) -> None:
    """As another program would: the footer's own words are kept."""
    pq.write_table(pq.read_table(path), path, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"compression": "zstd"}, "its vectors are ZSTD"),
        ({"compression": "none", "use_dictionary": True}, "its vectors are UNCOMPRESSED, .*DICTIONARY"),
        ({"compression": "none", "use_dictionary": False, "row_group_size": 5}, "row groups; expected one"),
        (
            {"compression": "none", "use_dictionary": False, "max_rows_per_page": 5},
            "its first and last vector are not where they were written",
        ),
    ],
)
def test_a_shard_that_was_rewritten_is_refused(record: Record, options: dict[str, Any], says: str) -> None:
    _, recording = record(40, 20)
    rewrite(a_shard(recording.path), **options)
    with pytest.raises(Invalid, match=says):
        open_recording(recording.path)


def test_a_shard_that_was_cut_short_lost_or_changed_places_is_refused(record: Record) -> None:
    _, recording = record()
    shard = a_shard(recording.path)
    content = shard.read_bytes()
    shard.write_bytes(content[:-100])
    with pytest.raises(Invalid, match="no whole Parquet file"):
        open_recording(recording.path)
    shutil.copy(shard.with_name("00002.parquet"), shard)
    with pytest.raises(Invalid, match="names another place"):
        open_recording(recording.path)
    shard.unlink()
    with pytest.raises(Invalid, match="no whole Parquet file"):
        open_recording(recording.path)
    shard.write_bytes(content)
    open_recording(recording.path)


def test_values_that_were_changed_where_they_lie_are_noticed(record: Record) -> None:
    _, recording = record()
    shard = a_shard(recording.path)
    vector = open_recording(recording.path).rows(Site(0, "resid_post"), "train", np.zeros(1, np.int64))
    first = recording.path / "train" / SITES[0] / "00000.parquet"
    content = first.read_bytes()
    assert content.count(vector.astype(np.float16).tobytes()) == 1
    first.write_bytes(content.replace(vector.astype(np.float16).tobytes(), b"\x01" * 2 * D_MODEL))
    with pytest.raises(Invalid, match="first and last vector"):
        open_recording(recording.path)
    assert shard.is_file()


def test_a_part_that_the_journal_does_not_name_belongs_to_nothing(record: Record) -> None:
    made, recording = record()
    shutil.copy(a_shard(recording.path), a_shard(recording.path).with_name("00099.parquet"))
    assert list(open_recording(recording.path).documents("train")) == [made.ids[at] for at in of_split(made, "train")]


def test_one_file_of_a_recording_points_to_its_folder(record: Record) -> None:
    _, recording = record()
    for file in (a_shard(recording.path), recording.path / JOURNAL):
        with pytest.raises(Invalid, match=f"Give the recording's folder: {recording.path}"):
            open_recording(file)


def test_a_journal_of_another_version_is_refused(record: Record) -> None:
    _, recording = record()
    file = recording.path / JOURNAL
    pq.write_table(pa.table({"x": [1]}).replace_schema_metadata({b"microscope": b'{"header": {}}'}), file)
    with pytest.raises(Invalid, match="no journal of this version"):
        open_recording(recording.path)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_batches_have_the_dtype_in_which_vectors_are_kept(record: Record, dtype: str) -> None:
    made, recording = record(dtype=dtype)
    batch = next(recording.batches(Site(0, "resid_post"), "train", 4, 0))
    assert batch.dtype == dtype
    assert recording.header.dtype == dtype
    known = np.concatenate([vectors[0] for vectors in made.vectors])
    assert all((known == vector).all(1).any() for vector in batch)
