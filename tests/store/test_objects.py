"""Things under the hash of their content, and files that are not what was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from microscope.errors import Invalid, NotFound
from microscope.store.files import Folder
from microscope.store.objects import Objects, name_of

VALUE = {"kind": "steer", "scale": 2.5}

DAMAGED = {
    "empty": b"",
    "cut short": b'{"kind":"st',
    "no text": b"\xff\xfe",
    "a list": b"[1,2]",
    "too deep": b"[" * 100_000,
    "another value": b'{"kind":"steer","scale":3.5,"made":"then"}',
}


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(Folder(tmp_path))


@pytest.fixture
def file(objects: Objects, tmp_path: Path) -> Path:
    """Of the value, kept with something beside it."""
    return tmp_path / "objects" / "patches" / f"{objects.put('patches', VALUE, {'made': 'first'})}.json"


def test_the_same_value_is_kept_once_with_what_was_said_of_it_first(objects: Objects, file: Path) -> None:
    assert objects.put("patches", VALUE, {"made": "later"}) == file.stem == name_of(dict(VALUE))
    assert objects.get("patches", file.stem) == {**VALUE, "made": "first"}
    objects.put_beside("patches", file.stem, {"made": "later"})
    assert objects.get("patches", file.stem) == {**VALUE, "made": "later"}
    with pytest.raises(NotFound, match="no patch"):
        objects.put_beside("patches", "0" * 16, {"made": "later"})


@pytest.mark.parametrize("content", [content for name, content in DAMAGED.items() if name != "another value"])
def test_a_damaged_file_is_told_with_its_name_and_place(objects: Objects, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(Invalid, match=f"The patch {file.stem} cannot be read: expected .*, got") as found:
        objects.get("patches", file.stem)
    assert str(file) in found.value.next


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_what_is_kept_again_mends_its_file(objects: Objects, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert objects.put("patches", VALUE, {"made": "again"}) == file.stem
    assert objects.get("patches", file.stem) == {**VALUE, "made": "again"}


def test_what_is_called_otherwise_is_nothing_that_was_kept(objects: Objects, file: Path) -> None:
    (file.parent / "notes.json").write_text("{}")
    assert objects.names("patches") == [file.stem]
    with pytest.raises(NotFound):
        objects.get("patches", "notes")
