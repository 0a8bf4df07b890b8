"""A folder takes its place as a whole, whenever the process that writes it dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from microscope.store.activity import Reader, Writer, harvested
from microscope.store.files import Folder
from microscope.store.staging import Staging, settle

DIES = """
import os, sys
from pathlib import Path
from microscope.store.staging import Staging

class Place(type(Path())):
    names = 0
    def rename(self, target):
        if Place.names == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        Place.names += 1
        return super().rename(target)

staging = Staging(Place(sys.argv[1]))
(staging.path / "content").write_text("new")
staging.take_place()
os.kill(os.getpid(), 9)
"""
"""Killed with so many names changed."""


def written(place: Path, content: str) -> None:
    staging = Staging(place)
    (staging.path / "content").write_text(content)
    staging.take_place()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    for content in ("one", "two"):
        written(tmp_path / "sae", content)
        assert (tmp_path / "sae" / "content").read_text() == content
        assert left(tmp_path) == ["sae"]


def test_what_is_discarded_changes_nothing(tmp_path: Path) -> None:
    written(tmp_path / "sae", "one")
    staging = Staging(tmp_path / "sae")
    staging.discard()
    staging.discard()
    assert (left(tmp_path), left(tmp_path / "sae")) == (["sae"], ["content"])


@pytest.mark.parametrize(("names", "content"), [(0, "old"), (1, "new"), (2, "new")])
def test_killed_between_two_names_one_of_the_two_is_there_and_nothing_else(
    names: int, content: str, tmp_path: Path
) -> None:
    place = tmp_path / "sae"
    written(place, "old")
    done = subprocess.run([sys.executable, "-c", DIES, place, str(names)], check=False)
    assert done.returncode == -9
    assert len(left(tmp_path)) > 1 or names == 2
    settle(tmp_path)
    assert left(tmp_path) == ["sae"]
    assert (place / "content").read_text() == content


def test_who_is_still_writing_is_left_alone(tmp_path: Path) -> None:
    """Two of one name, and one whose name begins alike: the last to end stays."""
    one, two, other = (Staging(tmp_path / name) for name in ("sae", "sae", "sae.x"))
    for staging, content in ((one, "one"), (two, "two"), (other, "other")):
        (staging.path / "content").write_text(content)
    settle(tmp_path)
    for staging in (two, one, other):
        staging.take_place()
    assert (tmp_path / "sae" / "content").read_text() == "one"
    assert (tmp_path / "sae.x" / "content").read_text() == "other"
    assert left(tmp_path) == ["sae", "sae.x"]


def test_a_dictionary_whose_harvest_was_killed_at_its_end_is_there(tmp_path: Path) -> None:
    home = Folder(tmp_path)
    for run in ("old", "new"):
        with Writer(home, "sae") as writer:
            place = writer.finish({"run": run})
        aside = place.with_name(".sae.0123abcd" + (".before" if run == "old" else ""))
        place.rename(aside)
    place.with_name(".sae.0123abcd.lock").touch()
    assert Reader(place).head == {"run": "new"}
    assert harvested(home) == ["sae"]
    assert left(place.parent) == ["sae"]
