from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from tests.store.conftest import D_MODEL, SITES, header, parts, put, random_documents

from microscope.errors import Busy, Incompatible, Invalid, Unavailable
from microscope.store.activations import open_recording
from microscope.store.recorder import PART_BYTES, SHARD_BYTES, Part, Writer, part_rows


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def write(path: Path, n_parts: int | None = None, *, finish: bool = True) -> None:
    made = parts(random_documents(30), 7)
    with Writer(path, header()) as writer:
        for part in made[: n_parts or len(made)]:
            put(writer, part)
        if finish:
            writer.finish()


def test_going_on_gives_the_files_of_an_undisturbed_recording(tmp_path: Path) -> None:
    write(tmp_path / "whole")
    write(tmp_path / "broken", 2, finish=False)
    half = open_recording(tmp_path / "broken")
    assert not half.header.complete
    made = parts(random_documents(30), 7)
    with Writer(tmp_path / "broken", header()) as writer:
        assert writer.next == (14, 0)
        assert writer.n_tokens == sum(len(part.held_out) for part in made[:2])
        assert writer.n_train == sum(int((~part.held_out).sum()) for part in made[:2])
        for part in made[2:]:
            put(writer, part)
        writer.finish()
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_what_a_kill_left_behind_is_removed(tmp_path: Path) -> None:
    """Shards of a part that the journal does not name, and one that was being written."""
    path = tmp_path / "activations.parquet"
    write(path, 2, finish=False)
    before = contents(path)
    stray = path / "train" / SITES[0] / "00002.parquet"
    stray.write_bytes(b"half")
    (tmp_path / ".activations.parquet.partial").mkdir()
    (tmp_path / ".activations.parquet.partial" / "train-L0.resid_post.parquet").write_bytes(b"half")
    with Writer(path, header()) as writer:
        assert writer.next == (14, 0)
    assert contents(path) == before
    assert [file.name for file in tmp_path.iterdir()] == ["activations.parquet"]


def test_the_hash_of_the_tokens_is_that_of_the_tokens(tmp_path: Path) -> None:
    write(tmp_path / "a")
    made = random_documents(30)
    ordered = [made.ids[at] for held_out in (False, True) for at in range(30) if made.held_out[at] == held_out]
    expected = hashlib.sha256(np.concatenate(ordered).astype("<i4").tobytes()).hexdigest()
    assert open_recording(tmp_path / "a").header.tokens_sha256 == expected


def test_a_recording_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    write(tmp_path / "a", 1, finish=False)
    before = contents(tmp_path / "a")
    with pytest.raises(Incompatible, match=r"weights_sha256 'abab.*', not 'cd'; context_size 64, not 32"):
        Writer(tmp_path / "a", header(weights_sha256="cd", context_size=32))
    assert contents(tmp_path / "a") == before


def test_places_that_are_taken_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Invalid, match="is a file"):
        Writer(tmp_path / "file", header())
    with pytest.raises(Invalid, match="other things"):
        Writer(tmp_path, header())
    write(tmp_path / "a", 1, finish=False)
    with pytest.raises(Invalid, match="holds a recording already"):
        Writer(tmp_path / "a", header(), resume=False)
    assert (tmp_path / "file").read_text() == "mine"


def test_two_writers_are_one_too_many(tmp_path: Path) -> None:
    with Writer(tmp_path / "a", header()), pytest.raises(Busy, match="being recorded already"):
        Writer(tmp_path / "a", header())


def test_where_nothing_was_recorded_no_folder_stays(tmp_path: Path) -> None:
    with Writer(tmp_path / "a", header()):
        assert (tmp_path / "a").is_dir()
    assert list(tmp_path.iterdir()) == []
    with Writer(tmp_path / "b", header()):
        (tmp_path / "b" / "notes.txt").write_text("mine")
    assert (tmp_path / "b" / "notes.txt").read_text() == "mine"


def test_a_shard_that_is_gone_is_noticed_before_more_are_written(tmp_path: Path) -> None:
    write(tmp_path / "a", 2, finish=False)
    (tmp_path / "a" / "train" / SITES[1] / "00001.parquet").unlink()
    with pytest.raises(Invalid, match="is gone"):
        Writer(tmp_path / "a", header())


def put_all(writer: Writer, all_of_them: list[Part]) -> None:
    for part in all_of_them:
        put(writer, part)


def test_trouble_in_the_thread_is_told_at_the_next_call(tmp_path: Path) -> None:
    """The disk takes no folder any more: the writer's thread meets it, whoever calls next is told."""
    made = parts(random_documents(30), 7)
    with Writer(tmp_path / "a", header()) as writer:
        (tmp_path / "a" / "train").write_text("in the way")
        (tmp_path / "a" / "held_out").write_text("in the way")
        put(writer, made[0])
        with pytest.raises(Unavailable, match="Could not write"):
            put_all(writer, made * 20)
        with pytest.raises(Unavailable, match="Could not write"):
            writer.finish()
    assert not open_recording(tmp_path / "a").header.complete


def test_parts_stay_small_however_many_sites_there_are() -> None:
    one = part_rows(header(sites=("L0.resid_post",)))
    many = part_rows(header(sites=tuple(f"L{layer}.resid_post" for layer in range(64))))
    assert one == SHARD_BYTES // (2 * D_MODEL)
    assert many == PART_BYTES // 64 // (2 * D_MODEL)
