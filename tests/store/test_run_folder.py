from __future__ import annotations

import json
from pathlib import Path

import pytest

from microscope.errors import Denied, NotFound
from microscope.store.files import Folder
from microscope.store.run_folder import CHECKPOINT, LOG, MADE, MANIFEST, PARTS, SERIES, RunFolder, made_here, sha256

POINTS = [{"step": number, "total": number**2} for number in range(10)]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(Folder(tmp_path / "home"), "count-1")


def test_lines_that_were_appended_are_read_from_anywhere(folder: RunFolder) -> None:
    assert folder.missing
    assert folder.lines(SERIES) == ([], 0)
    sizes = [folder.append(SERIES, POINTS[:4]), folder.append(SERIES, POINTS[4:])]
    assert sizes == sorted(sizes)
    assert sizes[-1] == (folder.path / SERIES).stat().st_size
    assert folder.lines(SERIES) == (POINTS, 10)
    assert folder.lines(SERIES, 7) == (POINTS[7:], 10)
    assert folder.lines(SERIES, 2, 3) == (POINTS[2:5], 5)
    assert folder.lines(SERIES, 12) == ([], 10)


def test_a_last_line_without_an_end_is_no_line(folder: RunFolder) -> None:
    folder.append(SERIES, POINTS[:3])
    with (folder.path / SERIES).open("ab") as file:
        file.write(b'{"step": 3, "to')
    assert folder.lines(SERIES) == (POINTS[:3], 3)
    folder.begin({"kind": "count"})
    folder.append(LOG, [{"text": "one"}])
    with (folder.path / LOG).open("ab") as file:
        file.write(b'{"text": "tw')
    folder.begin({"kind": "count"})
    folder.append(LOG, [{"text": "three"}])
    assert [line["text"] for line in folder.lines(LOG).values] == ["one", "three"]


def test_points_behind_a_checkpoint_have_not_happened(folder: RunFolder) -> None:
    length = folder.append(SERIES, POINTS[:4])
    folder.append(SERIES, POINTS[4:])
    folder.cut_series(length)
    assert folder.lines(SERIES).values == POINTS[:4]
    folder.cut_series(length - 1)
    assert folder.lines(SERIES).values == POINTS[:3]
    folder.cut_series(0)
    assert folder.lines(SERIES).values == []


def test_a_new_attempt_keeps_what_it_goes_on_with_and_drops_what_was_the_end(folder: RunFolder) -> None:
    for name in (MANIFEST, "metrics.json", "charts.json", MADE, CHECKPOINT):
        folder.write_json(name, {"from": "before"})
    folder.write_json(f"{PARTS}/numbers/000000.parquet", {})
    folder.begin({"kind": "count", "to": 3})
    assert {file.path for file in folder.files()} == {CHECKPOINT, "spec.json", f"{PARTS}/numbers/000000.parquet"}
    assert folder.read_json("spec.json") == {"kind": "count", "to": 3}


def test_the_manifest_is_true_of_all_but_what_is_left_out(folder: RunFolder) -> None:
    folder.begin({"kind": "count"})
    folder.append(SERIES, POINTS)
    folder.write_json("tables/numbers.parquet", [1, 2])
    folder.write_json(f"{PARTS}/numbers/000000.parquet", {})
    folder.write_json(CHECKPOINT, {})
    folder.seal(without=(PARTS, CHECKPOINT))
    folder.seal(without=(PARTS, CHECKPOINT))  # It does not list itself.
    assert json.loads((folder.path / MANIFEST).read_text())["files"] == {
        name: {"bytes": (folder.path / name).stat().st_size, "sha256": sha256(folder.path / name)}
        for name in ("series.jsonl", "spec.json", "tables/numbers.parquet")
    }
    folder.tidy()
    assert not (folder.path / PARTS).exists()
    assert not (folder.path / CHECKPOINT).exists()
    assert (folder.path / "tables/numbers.parquet").is_file()


def test_no_name_leads_out_of_it(folder: RunFolder, tmp_path: Path) -> None:
    folder.write_json("metrics.json", {})
    (tmp_path / "home" / "secret.json").write_text("{}")
    (folder.path / "link.json").symlink_to(tmp_path / "home" / "secret.json")
    assert folder.file("metrics.json") == folder.path / "metrics.json"
    for name in ("../../secret.json", str(tmp_path / "home" / "secret.json"), "link.json"):
        with pytest.raises(Denied):
            folder.file(name)
    with pytest.raises(NotFound, match="no file 'nothing'"):
        folder.file("nothing")
    with pytest.raises(AssertionError, match="no name of a directory"):
        RunFolder(Folder(tmp_path / "home"), "../count")


def test_json_that_is_not_there_or_damaged_is_none(folder: RunFolder) -> None:
    assert folder.read_json("metrics.json") is None
    folder.write_json("metrics.json", {"total": 1})
    assert folder.read_json("metrics.json") == {"total": 1}
    (folder.path / "metrics.json").write_text('{"total"')
    assert folder.read_json("metrics.json") is None


@pytest.mark.parametrize(
    "content",
    [
        "[1]",
        '"x"',
        "null",
        '{"made":',
        "[" * 100_000,
        '{"made": null, "files": null}',
        '{"made": [1], "files": "x"}',
        '{"made": {"/sae": {"bytes": 1}}, "files": {"/sae": 3}}',
        '{"made": {"/sae": {"sha256": 1}}, "files": {"/sae": {"sha256": "\\ud800"}}}',
    ],
)
def test_a_damaged_manifest_says_nothing(content: str, folder: RunFolder, tmp_path: Path) -> None:
    folder.begin({"kind": "count"})
    (folder.path / MANIFEST).write_text(content)
    assert folder.hashes("made") == folder.hashes("files") == {}
    assert not made_here(Folder(tmp_path / "home"), "count-1", Path("/sae"), lambda _file: "ab")


def test_removed_it_is_missing_and_may_be_removed_again(folder: RunFolder) -> None:
    folder.write_json("a/b.json", {})
    folder.remove()
    assert folder.missing
    folder.remove()
