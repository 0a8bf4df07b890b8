"""Which server of a home folder is named."""

import stat
import subprocess
import sys
from pathlib import Path

from microscope.services.processes import this_process
from microscope.services.serving import Serving, announce, origin_of
from microscope.store.files import Folder


def left_by(home: Path, name: str, mark: str) -> Path:
    return Folder(home).write(
        f"serving/{name}.json", Serving(origin="http://other", mark=mark).model_dump_json().encode()
    )


def test_a_server_that_lives_is_named_and_nobody_else_reads_its_file(tmp_path: Path) -> None:
    assert origin_of(tmp_path) == ""
    file = announce(Folder(tmp_path), "http://127.0.0.1:8077")
    assert origin_of(tmp_path) == "http://127.0.0.1:8077"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_one_that_was_killed_or_is_elsewhere_or_whose_file_is_broken_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    place = this_process().mark.rsplit("/", 2)[0]
    killed = left_by(tmp_path, "1", f"{place}/{ended.pid}/1.00")
    reused = left_by(tmp_path, "2", this_process().mark + "1")
    elsewhere = left_by(tmp_path, "3", "another-machine/1/1.00")
    Folder(tmp_path).write("serving/4.json", b"{")
    assert origin_of(tmp_path) == ""
    announce(Folder(tmp_path), "http://mine")
    assert not killed.exists()
    assert not reused.exists()
    assert elsewhere.exists()
    assert origin_of(tmp_path) == "http://mine"


def test_of_two_the_later_is_named(tmp_path: Path) -> None:
    announce(Folder(tmp_path), "http://mine")
    left_by(tmp_path, "other", this_process().mark)
    assert origin_of(tmp_path) == "http://other"
