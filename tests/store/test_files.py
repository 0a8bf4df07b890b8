from pathlib import Path

import pytest

from microscope.errors import Denied, NotFound
from microscope.store.files import Folder
from microscope.store.objects import Objects, name_of


def test_what_was_written_is_read_and_leaves_no_neighbour(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    path = folder.write("a/b.bin", b"one")
    folder.write("a/b.bin", b"two")
    assert folder.read("a/b.bin") == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["b.bin"]


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../outside"])
def test_a_path_stays_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(Denied, match="outside"):
        Folder(tmp_path).write(name, b"")


def test_an_absent_file_is_none(tmp_path: Path) -> None:
    assert Folder(tmp_path).read("nothing") is None


def test_equal_values_have_one_name_whatever_their_order() -> None:
    assert name_of({"a": 1, "b": [2, "é"]}) == name_of({"b": [2, "é"], "a": 1})
    assert name_of({"a": 1}) != name_of({"a": 2})


def test_an_object_is_found_by_the_hash_of_its_content(tmp_path: Path) -> None:
    objects = Objects(Folder(tmp_path))
    name = objects.put("view", {"path": "/chat"})
    assert objects.put("view", {"path": "/chat"}) == name
    assert objects.get("view", name) == {"path": "/chat"}
    with pytest.raises(NotFound, match="no view"):
        objects.get("view", "0" * 16)
    with pytest.raises(NotFound):
        objects.get("view", "../../secret")


def test_what_is_kept_beside_an_object_is_no_part_of_its_name(tmp_path: Path) -> None:
    objects = Objects(Folder(tmp_path))
    name = objects.put("trace", {"ids": [1]}, {"model": "here"})
    assert name == name_of({"ids": [1]})
    assert objects.put("trace", {"ids": [1]}, {"model": "there"}) == name
    assert objects.get("trace", name) == {"ids": [1], "model": "here"}


def test_a_folder_is_claimed_once_and_can_be_given_back(tmp_path: Path) -> None:
    first, second = Folder(tmp_path), Folder(tmp_path)
    assert first.claim()
    assert not second.claim()
    first.leave()
    assert second.claim()
