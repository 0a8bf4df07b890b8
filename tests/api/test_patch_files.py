"""Patches as files and for scripts, over HTTP, and by the Python client."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from starlette.testclient import TestClient

from microscope.client import Client
from microscope.errors import Trouble, Unavailable
from microscope.store.patch_formats.vectors import as_safetensors
from tests.api.conftest import Serve
from tests.services.test_patch_files import lora, zip_of

TEXT = "The cat sat on the mat and the dog ran"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lora(tmp_path_factory.mktemp("files") / "nicer")


@pytest.fixture
def python(client: TestClient) -> Iterator[Client]:
    """The Python client, of this server."""
    with Client() as made:
        made._http.close()  # pyright: ignore[reportPrivateUsage]
        made._http = client  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        yield made


def as_form(folder: Path) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (f"nicer/{file.name}", file.read_bytes())) for file in folder.iterdir()]


def test_a_zip_a_folder_and_a_path_are_taken_in(client: TestClient, folder: Path) -> None:
    looked = client.post("/api/import-patch", files={"files": ("a.zip", zip_of(folder))}, data={"keep": "false"})
    assert looked.status_code == 200, looked.text
    assert looked.json()["patches"] == []
    assert client.get("/api/patches").json()["items"] == []
    sent = client.post("/api/import-patch", files=as_form(folder), data={"name": "Nicer"}).json()
    by_path = client.post("/api/import-patch", json={"path": str(folder)}).json()
    assert [one["hash"] for one in by_path["patches"]] == [one["hash"] for one in sent["patches"]]
    assert sent["card"]["modules"] == looked.json()["card"]["modules"]
    hash = sent["patches"][0]["hash"]
    assert client.get(f"/api/patches/{hash}/card").json()["kl"] == sent["card"]["kl"]
    assert client.get(f"/api/patches/{hash}").json()["name"] == "Nicer"


def test_what_is_asked_for_wrongly_is_told(client: TestClient, serve: Serve, folder: Path) -> None:
    for answer, says in (
        (client.post("/api/import-patch", json={}), "path: Field required"),
        (client.post("/api/import-patch", files=as_form(folder), data={"keep": "maybe"}), "keep: Input should be"),
        (client.post("/api/import-patch", data={"name": "x"}, files={"other": b"x"}), "No files were sent"),
        (client.post("/api/export-patches", json={}), "exactly one of members and set"),
    ):
        assert answer.status_code == 400, answer.text
        assert says in answer.json()["error"]
    small = serve(max_upload_bytes=1_000)
    refused = small.post("/api/import-patch", files={"files": ("a.zip", bytes(2_000))})
    assert (refused.status_code, refused.json()["next"]) == (413, "Send less, or raise MICROSCOPE_MAX_UPLOAD_BYTES.")


def test_the_switch_is_for_inference_alone(client: TestClient, folder: Path) -> None:
    hash = client.post("/api/import-patch", files=as_form(folder)).json()["patches"][0]["hash"]
    chat = {"text": "Hello", "sampling": {"max_new_tokens": 5}}
    before = client.post("/api/chat", json=chat).json()
    assert client.post(f"/api/patch/{hash}/toggle").json() == {"hash": hash, "enabled": True, "strength": 1.0}
    assert client.get(f"/api/patches/{hash}").json()["enabled"]
    found = client.post("/api/inference", json={"text": TEXT, "k": 3, "controls": 2}).json()
    assert found["patches"] == [hash]
    assert (len(found["base"]), len(found["patched"]), len(found["control_kl"])) == (3, 3, 2)
    assert found["kl"] > 0
    assert client.post("/api/chat", json=chat).json() == before
    assert not client.post(f"/api/patch/{hash}/toggle", json={"enabled": False}).json()["enabled"]
    assert client.post("/api/inference", json={"text": TEXT}).json()["kl"] == 0
    named = {"text": TEXT, "patches": [{"hash": hash, "strength": 0.5}], "k": 3, "controls": 2}
    assert 0 < client.post("/api/inference", json=named).json()["kl"] < found["kl"]
    assert client.post("/api/patch/0000000000000000/toggle").status_code == 404


def test_python_calls_have_the_names_of_the_routes(python: Client, folder: Path, tmp_path: Path) -> None:
    made = python.import_patch(folder)
    assert made.name == "nicer"
    (patch,) = made.patches
    assert python.patches("nicer").items[0].hash == patch.hash
    assert python.patch(patch.source.model_dump()).hash == patch.hash
    assert python.toggle(patch.hash, strength=2).enabled
    assert python.inference(TEXT).patches == (patch.hash,)
    assert not python.toggle(patch.hash).enabled
    content = python.export_patches([{"source": {"type": "kept", "hash": patch.hash}, "strength": -1}])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    (written,) = tmp_path.iterdir()
    minus, plus = (load_file(one / "adapter_model.safetensors") for one in (written, folder))
    delta = [
        scale * one[next(key for key in one if "lora_B" in key)] @ one[next(key for key in one if "lora_A" in key)]
        for scale, one in ((1.0, minus), (2.0, plus))
    ]
    assert torch.allclose(-delta[0], delta[1], atol=1e-5)
    assert json.loads((written / "microscope.json").read_text())["members"][0]["strength"] == -1
    (tmp_path / "v.safetensors").write_bytes(as_safetensors({1: torch.ones(64)}, "gpt2"))
    assert python.import_patch(tmp_path / "v.safetensors", keep=False).patches == ()
    with pytest.raises(Trouble, match="no patch"):
        python.toggle("0" * 16)


def test_a_server_that_is_not_there_is_told() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unavailable, match="microscope ui"):
        client.patches()
