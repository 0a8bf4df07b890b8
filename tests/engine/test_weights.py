from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
import torch
from safetensors.torch import save_file

from microscope.engine.weights import BUNDLED, header, resolve, weight_files, weights_sha256
from microscope.errors import Invalid, NotFound, Unavailable, Unsupported

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tiny_folder: Folder, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(copytree(tiny_folder("llama"), tmp_path / "llama"))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's cache in an empty folder, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def test_a_header_tells_shapes_without_reading_tensors(tmp_path: Path) -> None:
    save_file(
        {"a": torch.zeros(3, 4), "b": torch.zeros(5, dtype=torch.bfloat16)}, tmp_path / "x.safetensors", {"note": "hi"}
    )
    tensors = header(tmp_path / "x.safetensors")
    assert {name: tensor["shape"] for name, tensor in tensors.items()} == {"a": [3, 4], "b": [5]}


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_file_that_is_cut_short_says_so(folder: Path, kept: int) -> None:
    file = folder / "model.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[:kept])
    with pytest.raises(Invalid, match=r"model.safetensors is cut short"):
        weight_files(folder, "llama")


def test_a_file_that_is_something_else_says_so(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((5).to_bytes(8, "little") + b"hello and more")
    with pytest.raises(Invalid, match="its header is not JSON"):
        weight_files(folder, "llama")


def test_missing_weights_are_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(Invalid, match=r"has no model.safetensors"):
        weight_files(folder, "llama")


def test_missing_shards_are_named(folder: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(Invalid, match=r"lacks model-00002-of-00002.safetensors"):
        weight_files(folder, "llama")


def test_pickles_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(Unsupported, match=r"pytorch_model.bin only: a pickle"):
        weight_files(folder, "llama")


def test_the_hash_is_the_files_own(tiny_folder: Folder) -> None:
    files = weight_files(tiny_folder("llama"), "llama")
    seen: list[tuple[str, int, int]] = []
    assert weights_sha256(files, lambda *told: seen.append(told)) == hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert seen[-1] == ("hash", files[0].stat().st_size, files[0].stat().st_size)


def test_several_files_are_hashed_by_name_and_content(tmp_path: Path) -> None:
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for number, file in enumerate(files):
        save_file({"x": torch.full((2,), float(number))}, file)
    first = weights_sha256(files)
    save_file({"x": torch.full((2,), 7.0)}, files[1])
    assert weights_sha256(files) != first


def test_the_hubs_cache_names_its_files_by_hash(tmp_path: Path) -> None:
    digest = "ab" * 32
    (tmp_path / digest).write_bytes(b"anything")
    (tmp_path / "model.safetensors").symlink_to(tmp_path / digest)
    assert weights_sha256([tmp_path / "model.safetensors"]) == digest


def test_a_folder_is_itself(tiny_folder: Folder) -> None:
    assert resolve(str(tiny_folder("llama"))) == (tiny_folder("llama"), "")


def test_names_that_are_no_models_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"has no config.json"):
        resolve(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(Invalid, match="is a file; expected a folder"):
        resolve(str(tmp_path / "model.safetensors"))
    with pytest.raises(NotFound, match="There is no folder '/no/such/folder'"):
        resolve("/no/such/folder")


def test_a_bundled_model_that_is_not_there_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(BUNDLED, "specimen", tmp_path)
    with pytest.raises(NotFound, match=r"python -m microscope.bundled.train"):
        resolve("specimen")


def test_a_hub_id_without_a_network_says_so(offline: Path) -> None:
    with pytest.raises(Unavailable, match="'gpt2' is neither a folder nor in the hub's cache") as caught:
        resolve("gpt2")
    assert "--model specimen" in caught.value.next
    assert offline.exists()


def test_the_hubs_cache_is_enough(offline: Path, tiny_folder: Folder) -> None:
    repo = offline / "models--someone--tiny"
    copytree(tiny_folder("llama"), repo / "snapshots" / "abc123")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc123")
    assert resolve("someone/tiny") == (repo / "snapshots" / "abc123", "abc123")
