"""A word as a path, or as an SAE's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.test_saes import make

from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from microscope.store.sae_names import is_path
from microscope.store.saes import Library


def test_a_bare_word_is_what_the_library_knows_and_else_what_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    library = Library(Folder(tmp_path / "home"), shipped=())
    write_sae(library.own / "known", make())
    for folder in ("known", "here"):
        write_sae(tmp_path / folder, make())
    assert [is_path(name, library) for name in ("known", "here", "nowhere", "long" * 999)] == [
        False,
        True,
        False,
        False,
    ]
    assert all(is_path(name, library) for name in ("./known", "known/", "sub/nowhere", "known.safetensors", "~/x"))
