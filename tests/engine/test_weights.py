from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from threading import Thread
from typing import ClassVar

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from microscope.engine.loading import load
from microscope.engine.weights import BUNDLED, header, resolve, weight_files, weights_sha256
from microscope.errors import Invalid, NoRoom, NotFound, Unavailable, Unsupported

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tiny_folder: Folder, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(copytree(tiny_folder("llama"), tmp_path / "llama"))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's cache in an empty folder, and no network."""
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
    with pytest.raises(Unsupported, match=r"pytorch_model.bin only: a pickle") as caught:
        weight_files(folder, "llama")
    assert "safe_serialization=True" in caught.value.next


def test_a_hub_id_without_safetensors_is_to_be_converted_not_downloaded_again(folder: Path) -> None:
    """Pickles are never fetched, so its folder holds no weights at all."""
    (folder / "model.safetensors").unlink()
    with pytest.raises(Invalid, match=r"has no model.safetensors") as caught:
        weight_files(folder, "facebook/opt-125m")
    assert "safe_serialization=True" in caught.value.next


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


@pytest.mark.parametrize("name", ["a" * 5_000, "/" + "a" * 300, "~no-such-user/model"])
def test_a_path_that_the_disk_cannot_have_is_told_in_words(name: str) -> None:
    with pytest.raises(Invalid, match=r"is longer than a path can be|no user of the name 'no-such-user'"):
        resolve(name)


def test_a_bundled_model_that_is_not_there_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(BUNDLED, "specimen", tmp_path)
    with pytest.raises(NotFound, match=r"python -m microscope.bundled.train"):
        resolve("specimen")


def test_a_hub_id_without_a_network_says_so(offline: Path) -> None:
    with pytest.raises(Unavailable, match=r"'gpt2' is neither a folder .* and HF_HUB_OFFLINE forbids") as caught:
        resolve("gpt2")
    assert "--model specimen" in caught.value.next
    assert offline.exists()


def test_the_hubs_cache_is_enough(offline: Path, tiny_folder: Folder) -> None:
    repo = offline / "models--someone--tiny"
    copytree(tiny_folder("llama"), repo / "snapshots" / "abc123")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc123")
    assert resolve("someone/tiny") == (repo / "snapshots" / "abc123", "abc123")


def test_a_revision_is_found_in_the_hubs_cache(offline: Path, tiny_folder: Folder) -> None:
    repo = offline / "models--someone--tiny"
    main, old = "a" * 40, "b" * 40
    copytree(tiny_folder("llama"), repo / "snapshots" / main)
    copytree(tiny_folder("gpt2"), repo / "snapshots" / old)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(main)
    (repo / "refs" / "v1").write_text(old)
    assert resolve("someone/tiny", revision="v1") == (repo / "snapshots" / old, old), "a tag"
    assert resolve("someone/tiny", revision=old) == (repo / "snapshots" / old, old), "a commit"
    assert resolve("someone/tiny")[1] == main
    model = load("someone/tiny", device="cpu", revision="v1")
    assert (model.info.architecture, model.info.revision) == ("gpt2", old)
    with pytest.raises(Unavailable, match="'someone/tiny' at revision 'v2' is neither"):
        resolve("someone/tiny", revision="v2")


def test_a_folder_has_no_revision(tiny_folder: Folder) -> None:
    with pytest.raises(Invalid, match="is a folder, which has no revision 'v1'"):
        resolve(str(tiny_folder("llama")), revision="v1")


class Hub(BaseHTTPRequestHandler):
    """As much of a hub's HTTP interface as a download needs, for one repository."""

    folder: ClassVar[Path]
    sha = "c0ffee" + "0" * 34
    revisions = ("main", "v1", sha)
    sent: ClassVar[list[str]]
    """Files whose content was asked for."""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        names = sorted(file.name for file in self.folder.iterdir())
        name = path.rpartition("/")[2]
        asked = re.search(r"/someone/tiny/(?:resolve|revision|tree)/([^/]+)", path)
        if asked and asked[1] not in self.revisions:
            self.refuse("RevisionNotFound")
        elif path.startswith("/api/models/someone/tiny/tree/"):
            listing = [{"type": "file", "path": name, "size": 1, "oid": name} for name in names]
            self.reply(json.dumps(listing).encode(), "listing", body)
        elif path.startswith("/api/models/someone/tiny"):
            siblings = [{"rfilename": name} for name in names]
            self.reply(json.dumps({"id": "someone/tiny", "sha": self.sha, "siblings": siblings}).encode(), "info", body)
        elif "/someone/tiny/resolve/" in path and name in names:
            if body:
                self.sent.append(self.headers.get("Range", "all of ") + name)
            self.reply((self.folder / name).read_bytes(), name, body)
        elif "/someone/tiny/resolve/" in path:
            self.refuse("EntryNotFound")
        else:
            self.refuse("RepoNotFound")

    def refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def reply(self, content: bytes, etag: str, body: bool) -> None:
        self.send_response(200)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", self.sha)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def hub(tiny_folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A hub on this machine with one repository, `someone/tiny`, and an empty cache."""
    Hub.folder, Hub.sent = tiny_folder("llama"), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    yield tmp_path
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_hub_id_is_downloaded_with_progress_and_then_found_in_the_cache(hub: Path, tiny_folder: Folder) -> None:
    told: list[tuple[str, int, int]] = []
    folder, revision = resolve("someone/tiny", lambda *stage: told.append(stage))
    assert revision == Hub.sha
    assert folder.is_relative_to(hub)
    weights = (tiny_folder("llama") / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == weights
    assert told[-1][0] == "download"
    assert told[-1][1] >= len(weights)
    told.clear()
    assert resolve("someone/tiny", lambda *stage: told.append(stage)) == (folder, revision)
    assert told == []


@pytest.mark.usefixtures("hub")
def test_a_revision_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match="someone/tiny has no revision 'v2' on the hub") as caught:
        resolve("someone/tiny", revision="v2")
    assert "commits" in caught.value.next


@pytest.mark.usefixtures("hub")
def test_a_tag_is_downloaded() -> None:
    assert resolve("someone/tiny", revision="v1")[1] == Hub.sha


@pytest.mark.usefixtures("hub")
def test_what_does_not_fit_is_refused_before_its_weights_are_downloaded() -> None:
    with pytest.raises(NoRoom, match=r"someone/tiny needs .* in float32, 1.0 MB free on cpu"):
        load("someone/tiny", device="cpu", free=lambda _: 1_000_000)
    whole = [name for name in Hub.sent if name.endswith("safetensors") and name.startswith("all of")]
    assert "all of config.json" in Hub.sent
    assert whole == [], "of the weights only the header was asked for"
    assert load("someone/tiny", device="cpu").info.revision == Hub.sha


@pytest.mark.usefixtures("hub")
def test_a_repository_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match="The hub has no model 'someone/else'"):
        resolve("someone/else")
