"""Which commit a program that runs is of."""

from __future__ import annotations

import subprocess
from pathlib import Path

from microscope.services.environment import PACKAGE, commit_of


def git(folder: Path, *words: str) -> str:
    me = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(["git", "-C", str(folder), *me, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_package_that_a_repository_tracks_is_of_its_commit(tmp_path: Path) -> None:
    package = tmp_path / "backend" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    git(tmp_path, "init", "-q")
    assert commit_of(package) == {}
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert commit_of(package) == {"commit": commit, "dirty": False}
    (package / "__init__.py").write_text("x = 1")
    assert commit_of(package) == {"commit": commit, "dirty": True}


def test_another_repository_that_holds_the_environment_is_not_taken_for_it(tmp_path: Path) -> None:
    """Installed into `.venv` of somebody's own project."""
    (tmp_path / "own.py").touch()
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "own")
    package = tmp_path / ".venv" / "lib" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    assert commit_of(package) == {}


def test_a_folder_without_a_repository_has_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == {}
    assert set(commit_of(PACKAGE)) <= {"commit", "dirty"}
