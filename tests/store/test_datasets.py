from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microscope.errors import Invalid, NotFound, Unavailable
from microscope.store.datasets import BLANK_LINES, FIRST, open_dataset

TEXTS = ["One.\nStill one.", "Zwei – дві, 二つ 🙂", "Three"]


def read(path: Path | str, **options: str) -> list[str]:
    data = open_dataset(str(path), **options)
    texts = list(data.read())
    assert list(data.read()) == texts  # As often as it is asked for.
    return texts


@pytest.mark.parametrize(
    "content",
    [
        "\n\n".join(TEXTS),
        "\n\n\n\n".join(TEXTS) + "\n",
        " \n" + "\n \n".join(TEXTS) + "\n \n",
        "\n\t\n\u3000\r\n".join(TEXTS),
        "\r\n\r\n".join(text.replace("\n", "\r\n") for text in TEXTS),
        "<|endoftext|>".join(TEXTS),
        "\n<|endoftext|>\n".join(TEXTS) + "\n<|endoftext|>",
    ],
)
def test_text_is_parted_by_the_mark_or_else_by_blank_lines(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_bytes(content.encode())
    assert read(tmp_path / "a.txt") == TEXTS


def test_where_there_is_a_mark_an_empty_line_is_a_paragraph(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\nstill one<|endoftext|>two<|endoftext|><|endoftext|>three")
    assert read(tmp_path / "a.txt") == ["one\n\nstill one", "two", "three"]


@pytest.mark.parametrize(
    ("content", "parting"),
    [
        ("one\n\ntwo", ""),
        ("one\r\n\r\ntwo", ""),
        ("one\n \ntwo", BLANK_LINES),
        ("one\r\n\t\r\ntwo", BLANK_LINES),
        ("one\n \ntwo<|endoftext|>three", ""),
    ],
)
def test_a_text_whose_documents_lines_of_white_space_part_says_so(tmp_path: Path, content: str, parting: str) -> None:
    """It was one document once: what was begun then must not go on."""
    (tmp_path / "a.txt").write_bytes(content.encode())
    data = open_dataset(str(tmp_path / "a.txt"))
    assert data.parting == parting
    assert data.identity.get("dataset_parting", "") == parting


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    data = open_dataset(str(tmp_path / "a.txt"))
    assert (data.name, data.n_bytes) == ("a.txt", 5)
    assert data.sha256 == hashlib.sha256(b"hello").hexdigest()


def test_jsonl_has_objects_or_strings(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text, "n": 1}) for text in TEXTS) + "\n\n")
    assert read(tmp_path / "a.jsonl") == TEXTS
    (tmp_path / "b.jsonl").write_text("\n".join(json.dumps({"body": text}, ensure_ascii=False) for text in TEXTS))
    assert read(tmp_path / "b.jsonl", column="body") == TEXTS
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps(text) for text in TEXTS))
    assert read(tmp_path / "c.jsonl") == TEXTS


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_text(tmp_path: Path, name: str, mark: bytes) -> None:
    content = "\n".join(json.dumps(text) for text in TEXTS) if name == "a.jsonl" else " \n" + "\n\n".join(TEXTS)
    (tmp_path / name).write_bytes(mark + content.encode())
    assert read(tmp_path / name) == TEXTS
    assert open_dataset(str(tmp_path / name)).parting == (BLANK_LINES if name == "a.txt" else "")


def test_parquet_has_a_column_and_nulls_are_no_documents(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2, 3, 4], "body": [TEXTS[0], None, *TEXTS[1:]]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", column="body") == TEXTS
    with pytest.raises(Invalid, match=r"no column 'text' of text; its columns are id .int64., body .string."):
        open_dataset(str(tmp_path / "a.parquet"))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.parquet"])
def test_a_file_tells_how_much_of_it_has_been_read(tmp_path: Path, name: str) -> None:
    texts, path = [f"Document {number:03}." for number in range(100)], tmp_path / name
    (tmp_path / "a.txt").write_text("\n\n".join(texts) + "\n\n")
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(text)}\n" for text in texts))
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    found = list(open_dataset(str(path)).read_on())
    assert [one.text for one in found] == texts
    assert [one.share for one in found] == pytest.approx([number / 100 for number in range(1, 101)], abs=0.01)


def written(path: Path, texts: list[str]) -> None:
    """In place, as an editor or a shell does."""
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"text": texts}), path)
    else:
        end = "\n\n" if path.suffix == ".txt" else "\n"
        path.write_text("".join(f"{text if path.suffix == '.txt' else json.dumps(text)}{end}" for text in texts))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("change", ["shorter", "longer", "gone"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, name: str, change: str) -> None:
    texts, path = [f"Document {number:05}, and more." for number in range(20_000)], tmp_path / name
    written(path, texts)
    reading = open_dataset(str(path)).read()
    assert [next(reading), next(reading)] == texts[:2]
    if change == "gone":
        path.unlink()
    else:
        written(path, ["Another."] if change == "shorter" else [*texts, "One more."])
    with pytest.raises(Invalid, match=rf"{name} changed while it was read; expected .* SHA-256 [0-9a-f]{{12}}…"):
        next(reading)


def test_a_change_behind_the_last_document_is_one_too(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", TEXTS)
    reading = open_dataset(str(tmp_path / "a.txt")).read()
    assert [next(reading) for _ in TEXTS] == TEXTS
    written(tmp_path / "a.txt", [*TEXTS, "more"])
    with pytest.raises(Invalid, match="changed while it was read"):
        next(reading)


def test_the_same_bytes_written_anew_are_no_change(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", TEXTS)
    reading = open_dataset(str(tmp_path / "a.jsonl")).read()
    first = next(reading)
    (tmp_path / "b.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes())
    (tmp_path / "b.jsonl").replace(tmp_path / "a.jsonl")
    assert [first, *reading] == TEXTS


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b'{"text": "a"}\n{"text"', "Line 2 of .* is no JSON"),
        ("a.jsonl", b'{"body": "a"}\n', "Line 1 of .* has no text in 'text'; its columns are body"),
        ("a.jsonl", b'{"text": 3}\n', "Line 1 of .* has no text"),
        ("a.jsonl", b'"a"\n{"text": "no \\ud800 here"}\n', r"Line 2 of .*a\.jsonl holds half of a .* at position 3 of"),
        ("a.txt", b"fine\n\nna\xefve", "Line 3 of .* is not UTF-8: byte 2 is 0xef"),
        ("a.parquet", b"no", "is no Parquet file"),
        ("a.pkl", b"no", r"ends in \.pkl; expected \.txt"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid, match=says):
        read(tmp_path / name)


def test_a_byte_that_is_no_utf_8_is_told_before_the_first_document(tmp_path: Path) -> None:
    """Wherever it stands in a text, and whether the text is marked or not."""
    for content in (b"one\n\n" * 100_000, b"one<|endoftext|>\n" * 100_000):
        (tmp_path / "a.txt").write_bytes(content + b"na\xefve")
        with pytest.raises(Invalid, match=r"Line 100001 of .* is not UTF-8|Line 200001 of .* is not UTF-8"):
            next(open_dataset(str(tmp_path / "a.txt")).read())
    (tmp_path / "a.txt").write_bytes("ends within a character: ї".encode()[:-1])
    with pytest.raises(Invalid, match=r"Line 1 of .* is not UTF-8: byte 25 is 0xd1"):
        next(open_dataset(str(tmp_path / "a.txt")).read())


def test_a_mark_across_two_blocks_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "one\n\nstill one дві 🙂<|endoftext|>two"
    (tmp_path / "a.txt").write_text(text)
    for size in range(1, len(text.encode()) + 1):
        monkeypatch.setattr("microscope.store.datasets._BLOCK", size)
        assert read(tmp_path / "a.txt") == ["one\n\nstill one дві 🙂", "two"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "a.txt holds no text"),
        ("a.jsonl", b'""\n\n', "a.jsonl holds no text"),
        ("a.jsonl", b'{"text"', "Line 1 of .* is no JSON"),
        ("a.jsonl", b'{"body": "a"}\n', "Line 1 of .* has no text in 'text'; its columns are body"),
        ("a.txt", b"na\xefve", "Line 1 of .* is not UTF-8"),
    ],
)
def test_what_is_wrong_from_the_beginning_is_told_by_trying(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    data = open_dataset(str(tmp_path / name))
    with pytest.raises(Invalid, match=says):
        data.try_out()


def test_trying_reads_the_first_documents_and_no_more(tmp_path: Path) -> None:
    lines = [json.dumps(f"Document {number}.") for number in range(FIRST)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, "no JSON"]))
    data = open_dataset(str(tmp_path / "a.jsonl"))
    assert data.try_out() is data


def test_an_empty_file_has_no_documents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n\n \n")
    assert read(tmp_path / "a.txt") == []


def test_a_file_that_is_not_there_is_no_name_on_the_hub(tmp_path: Path) -> None:
    for name in (tmp_path / "a.txt", "./nothing", "nothing.jsonl"):
        with pytest.raises(NotFound, match="There is no data set"):
            open_dataset(str(name))


# ── The library of the hub ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set as the hub has them, in a folder: two splits."""
    (tmp_path / "tales").mkdir()
    for split, texts in (("train", TEXTS), ("test", ["held"])):
        (tmp_path / "tales" / f"{split}.jsonl").write_text("".join(json.dumps({"body": t}) + "\n" for t in texts))
    return tmp_path / "tales"


def test_a_folder_is_read_through_the_library(folder: Path) -> None:
    assert read(folder, column="body") == TEXTS
    assert read(folder, column="body", split="test") == ["held"]
    assert open_dataset(str(folder), column="body").name == "tales/train"


def test_a_folder_is_known_by_its_files_contents(folder: Path) -> None:
    first = open_dataset(str(folder), column="body")
    assert (first.revision, first.identity) == ("", {"dataset": first.sha256})
    (folder / "train.jsonl").write_bytes((folder / "train.jsonl").read_bytes())
    assert open_dataset(str(folder), column="body").sha256 == first.sha256
    (folder / "test.jsonl").write_text(json.dumps({"body": "other"}))
    assert open_dataset(str(folder), column="body").sha256 != first.sha256


def test_a_folder_that_changes_while_it_is_read_is_refused(folder: Path) -> None:
    reading = open_dataset(str(folder), column="body").read()
    assert next(reading) == TEXTS[0]
    (folder / "train.jsonl").write_text(json.dumps({"body": "other"}))
    with pytest.raises(Invalid, match="tales changed while it was read"):
        next(reading)


def test_a_data_set_of_the_hub_is_known_by_its_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library names what it read of the hub by the commit; here it reads a folder in its stead."""
    import datasets

    builder = datasets.load_dataset_builder(str(folder))
    builder.hash = "c0ffee" * 6 + "c0ff"
    asked: list[tuple[Any, ...]] = []

    def hub(*words: Any) -> datasets.DatasetBuilder:
        asked.append(words)
        return builder

    monkeypatch.setattr(datasets, "load_dataset_builder", hub)
    found = open_dataset("owner/tales", column="body")
    assert asked == [("owner/tales", None)]
    assert list(found.read()) == TEXTS
    assert found.identity == {"dataset_revision": builder.hash}


def test_a_split_or_a_column_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(NotFound, match="Bad split: dev"):
        open_dataset(str(folder), column="body", split="dev")
    with pytest.raises(Invalid, match="has no text in 'text'; its columns are body"):
        open_dataset(str(folder))


def test_without_a_network_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Unavailable, match=r"owner/tales is not in the cache.*Check the network, or give a \.txt"):
        open_dataset("owner/tales")
