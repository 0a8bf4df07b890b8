"""Patches as files and for scripts, over HTTP, and by the Python client."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import httpx
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
def python(client: TestClient) -> Client:
    """The Python client, of this server, which goes on."""
    made = Client()
    made.close()
    made._http = client  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    return made


def test_a_path_at_which_no_file_is_is_told(python: Client, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(Trouble, match="There is no file at"):
            python.import_patch(path)


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
    as_set = client.post("/api/patch-sets", json={"members": [{"source": {"type": "kept", "hash": hash}}]}).json()
    assert found["set"] == as_set["hash"]
    assert (len(found["base"]), len(found["patched"]), len(found["control_kl"])) == (3, 3, 2)
    assert found["kl"] > 0
    assert client.post("/api/chat", json=chat).json() == before
    assert not client.post(f"/api/patch/{hash}/toggle", json={"enabled": False}).json()["enabled"]
    none = client.post("/api/inference", json={"text": TEXT}).json()
    assert (none["kl"], none["set"]) == (0, None)
    named = {"text": TEXT, "patches": [{"hash": hash, "strength": 0.5}], "k": 3, "controls": 2}
    assert 0 < client.post("/api/inference", json=named).json()["kl"] < found["kl"]
    assert client.post("/api/patch/0000000000000000/toggle").status_code == 404


def test_what_is_put_away_is_used_where_it_is_named_and_nowhere_else(client: TestClient, folder: Path) -> None:
    hash = client.post("/api/import-patch", files=as_form(folder)).json()["patches"][0]["hash"]
    client.post(f"/api/patch/{hash}/toggle", json={"enabled": True})
    assert client.delete(f"/api/patches/{hash}").status_code == 204
    assert client.post("/api/inference", json={"text": TEXT}).json()["patches"] == []
    assert not client.get(f"/api/patches/{hash}").json()["enabled"]
    refused = client.post(f"/api/patch/{hash}/toggle", json={"enabled": True})
    assert (refused.status_code, refused.json()["next"]) == (400, f"Restore it first: POST /api/patches/{hash}/restore")
    assert not client.post(f"/api/patch/{hash}/toggle", json={"enabled": False}).json()["enabled"]
    named = {"text": TEXT, "patches": [{"hash": hash}]}
    assert client.post("/api/inference", json=named).json()["patches"] == [hash]
    client.post(f"/api/patches/{hash}/restore")
    assert client.post(f"/api/patch/{hash}/toggle").json()["enabled"]
    client.post(f"/api/patch/{hash}/toggle")


@pytest.mark.parametrize(
    ("status", "content", "says"),
    [
        (502, b"<html><h1>Bad Gateway</h1></html>", "status 502 and '<html><h1>Bad Gateway"),
        (404, b'{"detail": "Not Found"}', "status 404 and"),
        (200, b"<html>Log in</html>", "expected PatchList, got '<html>Log in"),
    ],
)
def test_an_answer_that_is_not_the_servers_is_told(status: int, content: bytes, says: str) -> None:
    answers = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    with Client("http://lab") as client:
        client._http = httpx.Client(base_url="http://lab", transport=answers)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(Unavailable, match=says) as told:
            client.patches()
    assert "Check the address" in told.value.next


def test_python_calls_have_the_names_of_the_routes(python: Client, folder: Path, tmp_path: Path) -> None:
    made = python.import_patch(folder, name="nicer")
    assert made.name == "nicer"
    (patch,) = made.patches
    assert python.patches("nicer").items[0].hash == patch.hash
    assert python.patch(patch.source.model_dump()).hash == patch.hash
    assert python.toggle(patch.hash, strength=2).enabled
    assert python.inference(TEXT).patches == (patch.hash,)
    assert not python.toggle(patch.hash).enabled
    content = python.export_patches({"hash": patch.hash, "strength": -1})
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


def test_a_text_is_answered_read_and_kept_under_patches_however_they_are_named(python: Client, folder: Path) -> None:
    (patch,) = python.import_patch(folder, name="twice as nice").patches
    two, short = {"hash": patch.hash, "strength": 2}, {"max_new_tokens": 6}
    one, kept = python.patch_set(patch.hash), python.patch_set(two, name="Two")
    assert (kept.name, [member.strength for member in kept.members]) == ("Two", [2])
    assert python.inference(TEXT, patch.hash, controls=0).kl == python.inference(TEXT, one.hash, controls=0).kl > 0
    assert python.inference(TEXT, []).patches == ()
    spelled = [two, [two], kept.hash, [kept.hash], {"hash": one.hash, "strength": 2}]
    said = [python.chat("Hello", patches, sampling=short, k=1) for patches in spelled]
    read = [python.lens(TEXT, patches, k=1) for patches in spelled]
    assert {found.set for found in (*said, *read)} == {kept.hash}
    assert all(found == said[0] for found in said)
    assert all(found == read[0] for found in read)
    plain = python.lens(TEXT, k=1)
    assert plain.set is None
    (first, *_, last), (as_first, *_, otherwise) = (found.tokens[3].lens for found in (plain, read[0]))
    assert first.predictions == as_first.predictions, "what enters the first block is as it was"
    assert last.predictions != otherwise.predictions
    assert python.trace(TEXT, two).patches == python.trace(TEXT, kept.hash).patches == kept.hash
    assert python.trace(TEXT).patches is None
    assert python.export_patches(kept.hash) == python.export_patches([two])
    with pytest.raises(Trouble, match="no patch and no set of patches"):
        python.chat("Hello", "0" * 16)
    with pytest.raises(Trouble, match="scopes of its own"):
        python.lens(TEXT, {"hash": kept.hash, "scope": {"type": "generated"}})
    with pytest.raises(Trouble, match="what is no number"):
        python.chat("Hello", {"hash": patch.hash, "strength": 1e38})
    with pytest.raises(Trouble, match="at most 64"):
        python.patch_set([python.patch_set([patch.hash] * 60).hash] * 2)


def test_a_patch_is_called_as_somebody_wants_it(python: Client, folder: Path) -> None:
    (patch,) = python.import_patch(folder).patches
    assert python.import_patch(folder, name="Nicer still").patches[0].name == "Nicer still"
    assert python.import_patch(folder, keep=False).name == "Nicer still", "as it is kept"
    assert python.import_patch(folder).patches[0].name == "Nicer still"
    assert python.rename(patch.hash, " Nicest ").name == "Nicest"
    assert python.patches("nicest").items[0].hash == patch.hash
    with pytest.raises(Trouble, match="name"):
        python.rename(patch.hash, " ")


def test_a_server_that_is_not_there_is_told() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unavailable, match="microscope ui"):
        client.patches()
