"""Patches over HTTP and the socket."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from starlette.testclient import TestClient, WebSocketTestSession

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.relu import Relu
from microscope.engine.loading import load
from microscope.engine.model import Model
from microscope.services import Services
from microscope.store.checkpoints import write_sae
from tests.api.conftest import SOCKET

TEXT = "The cat sat on the mat and the dog ran"


@pytest.fixture(scope="module", autouse=True)
def sae(client: TestClient) -> None:
    """`mid` in the server's library."""
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    (loaded,) = services.lab.resident
    d, draw = loaded.model.d_model, torch.Generator().manual_seed(0)
    w_dec = torch.nn.functional.normalize(torch.randn(48, d, generator=draw), dim=-1)
    weights = {"W_enc": w_dec.T.clone(), "b_enc": torch.zeros(48), "W_dec": w_dec, "b_dec": torch.zeros(d)}
    spec = Spec(architecture=Relu(), d_in=d, d_sae=48, d_out=d, site="L1.resid_post", model_name=loaded.model.name)
    write_sae(services.lab.folder.path("saes/mid"), Sae(spec, weights))


def steer(feature: int = 3) -> dict[str, Any]:
    return {"type": "feature", "sae": "mid", "feature": feature, "kind": "steer"}


def said_of(client: TestClient, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to a message of the socket."""
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json({"id": 5, **message})
        while (answer := socket.receive_json()).get("id") != 5:
            pass
        return answer


def test_a_patch_is_made_of_a_feature_found_and_tried(client: TestClient) -> None:
    made = client.post("/api/patch", json={"source": steer(), "name": "Push it"})
    assert made.status_code == 201
    patch = made.json()
    assert patch["patch"]["kind"] == "steer"
    assert client.get(f"/api/patches/{patch['hash']}").json() == patch
    assert [one["hash"] for one in client.get("/api/patches?q=push").json()["items"]] == [patch["hash"]]
    assert client.get("/api/patches?kind=clamp").json() == {"items": [], "broken": []}
    members = [{"source": {"type": "kept", "hash": patch["hash"]}, "strength": 2.5}]
    tried = said_of(
        client, {"type": "try_patches", "text": TEXT, "members": members, "k": 5, "controls": 3, "everywhere": True}
    )
    assert tried["type"] == "patches_tried", tried
    assert tried["members"] == [{"hash": patch["hash"], "strength": 2.5, "scope": {"type": "all"}}]
    assert len(tried["control_kl"]) == 3
    assert tried["kl"] > 0
    assert len(tried["changed"]) == len(tried["ids"])
    goes_on = said_of(client, {"type": "continue_patched", "text": TEXT, "members": members, "n_tokens": 5})
    assert goes_on["type"] == "patches_continued"
    assert (goes_on["members"], goes_on["against"]) == (tried["members"], [])
    assert goes_on["patched"][0] == tried["tokens"][0]["token_id"]


def test_weight_edits_leave_as_an_adapter(client: TestClient, tmp_path: Path) -> None:
    """That is a model with an adapter here; what no weights express is named."""
    scaled = {**steer(), "kind": "scale"}
    made = client.post("/api/patch", json={"source": scaled}).json()
    patch = made["patch"]
    content = {"type": "content", "patch": {**patch, "writers": ["L1.mlp_out", "L2.attn_out"]}}
    members = [{"source": content, "strength": -1.0}]
    answer = client.post("/api/export-patches", json={"members": members})
    assert answer.status_code == 200, answer.json()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
        (name,) = {entry.partition("/")[0] for entry in archive.namelist()}
    said = json.loads((tmp_path / name / "microscope.json").read_text())
    assert [member["strength"] for member in said["members"]] == [-1.0]
    kept = client.post("/api/patch-sets", json={"members": members}).json()
    assert (said["set"], said["members"][0]["hash"]) == (kept["hash"], kept["members"][0]["hash"])
    assert name == f"patch-{kept['hash']}"
    alone = client.post("/api/export-patches", json={"members": [made["hash"]]})
    assert f"patch-{made['hash']}.zip" in alone.headers["content-disposition"]
    half = {"members": [{"hash": made["hash"], "strength": 0.5}], "format": "merged"}
    set = client.post(
        "/api/patch-sets", json={"members": [{"source": {"type": "kept", "hash": made["hash"]}, "strength": 0.5}]}
    ).json()
    written = client.post("/api/export-patches", json=half).headers["content-disposition"]
    assert f"patch-{set['hash']}-merged.zip" in written
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    (loaded,) = services.lab.resident
    merged = load(f"{loaded.folder}+{tmp_path / name}", device="cpu")
    tried = said_of(client, {"type": "try_patches", "text": TEXT, "members": members, "k": 5})
    logits = merged.trace(merged.encode(TEXT)).logits
    assert logits is not None
    probs = logits[-1].softmax(-1)
    for token in tried["tokens"]:
        assert token["patched"] == pytest.approx(float(probs[token["token_id"]]), abs=1e-5)
    # The folder attached live is the patch that was written.
    attached = {"source": {"type": "adapter", "adapter": str(tmp_path / name)}}
    live = said_of(client, {"type": "try_patches", "text": TEXT, "members": [attached], "k": 5, "controls": 1})
    assert live["kl"] == pytest.approx(tried["kl"], abs=1e-5)
    assert len(live["control_kl"]) == 1
    kept = client.post("/api/patch", json={"source": attached["source"]}).json()
    assert kept["patch"]["kind"] == "adapter"
    assert kept["name"] == f"adapter {name}"
    by_hash = {"source": {"type": "kept", "hash": kept["hash"]}}
    assert said_of(client, {"type": "try_patches", "text": TEXT, "members": [by_hash], "k": 5})["kl"] == live["kl"]
    (tmp_path / name / "adapter_model.safetensors").unlink()
    # It has its files.
    assert said_of(client, {"type": "try_patches", "text": TEXT, "members": [by_hash], "k": 5})["kl"] == live["kl"]
    for name, says in (("a" * 300, "longer than a path"), ("~nosuchuser/x", "no user"), ("\0", "a zero byte")):
        answer = client.post("/api/patch", json={"source": {"type": "adapter", "adapter": name}})
        assert answer.status_code == 400
        assert says in answer.json()["error"]
    nowhere = {"type": "adapter", "adapter": str(tmp_path / "nowhere")}
    assert "There is no adapter" in client.post("/api/patch", json={"source": nowhere}).json()["error"]
    refused = client.post("/api/export-patches", json={"members": [*members, {"source": steer()}]})
    assert refused.status_code == 422
    assert "No weights can express steer" in refused.json()["error"]
    assert "Leave them out" in refused.json()["next"]
    alone = client.post("/api/export-patches", json={"members": [{"source": steer()}]}).json()["next"]
    assert alone.startswith("An edit of weights along the same direction is a patch of the kind scale")
    idle = client.post("/api/export-patches", json={"members": [{"source": content, "strength": 0}]})
    assert "strength 0" in idle.json()["error"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"source": steer(99)}, 404, "48 features"),
        ({"source": {"type": "kept", "hash": "0" * 16}}, 400, "source"),
        ({"source": {"type": "content", "patch": {"kind": "shout"}}}, 400, "shout"),
        ({"source": {"type": "content", "patch": {"kind": "ablate", "direction": [0, 0]}}}, 400, "norm 0"),
        ({"source": {"type": "content", "patch": {"kind": "ablate", "direction": [3, 4]}}}, 409, "2 dimensions"),
        ({"source": steer(), "name": "x" * 201}, 400, "200"),
    ],
)
def test_what_is_no_patch_is_refused_in_words(client: TestClient, body: dict[str, Any], status: int, says: str) -> None:
    answer = client.post("/api/patch", json=body)
    assert answer.status_code == status, answer.json()
    assert says in str(answer.json())


@pytest.mark.parametrize("strength", ['"NaN"', "1e999", "NaN"])
def test_a_strength_is_a_number(client: TestClient, strength: str) -> None:
    with client.websocket_connect(SOCKET) as socket:
        members = f'[{{"source": {{"type": "kept", "hash": "{"0" * 16}"}}, "strength": {strength}}}]'
        socket.send_text(f'{{"id": 5, "type": "try_patches", "text": "a", "members": {members}}}')
        while (answer := socket.receive_json()).get("type") != "failed":
            pass
    assert "strength" in str(answer) or "NaN" in str(answer)


def test_a_patch_that_is_not_here_says_so(client: TestClient) -> None:
    assert "There is no patch" in client.get(f"/api/patches/{'0' * 16}").json()["error"]


def bundle(client: TestClient) -> dict[str, Any]:
    """A text that was run with a patch, as another server would send it."""
    members = [{"source": steer(13), "strength": 2}]
    patches = client.post("/api/patch-sets", json={"members": members}).json()["hash"]
    trace = client.post("/api/traces", json={"text": TEXT, "patches": patches}).json()["hash"]
    exported: dict[str, Any] = client.get(f"/api/traces/{trace}/export", params={"search": ""}).json()
    return exported


def lists_told(socket: WebSocketTestSession) -> list[str]:
    """Lists that a tab was told are out of date, up to now."""
    socket.send_json({"id": 6, "type": "ping"})
    told: list[str] = []
    while (message := socket.receive_json())["type"] != "pong":
        if message["type"] == "changed":
            told.append(message["what"])
    return told


@pytest.mark.parametrize("path", ["/api/patch", "/api/patch-sets", "/api/import"])
def test_every_tab_hears_that_a_patch_is_kept(client: TestClient, path: str) -> None:
    patch, patches = {"source": steer(11)}, {"members": [{"source": steer(12), "strength": 2}]}
    body = {"/api/patch": patch, "/api/patch-sets": patches}.get(path) or bundle(client)
    with client.websocket_connect(SOCKET) as one, client.websocket_connect(SOCKET) as other:
        assert client.post(path, json=body).status_code == 201
        for socket in (one, other):
            assert "patches" in lists_told(socket)


def test_no_tab_hears_of_a_patch_that_was_refused(client: TestClient) -> None:
    with client.websocket_connect(SOCKET) as socket:
        assert client.post("/api/patch", json={"source": steer(9_999)}).status_code >= 400
        assert lists_told(socket) == []


def test_a_patch_that_cannot_be_read_is_told_and_hides_no_other(client: TestClient) -> None:
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    fine = client.post("/api/patch", json={"source": steer()}).json()["hash"]
    wrong = client.post("/api/patch", json={"source": steer(5)}).json()["hash"]
    file = services.lab.folder.path(f"objects/patches/{wrong}.json")
    file.write_bytes(file.read_bytes()[:40])
    found = client.get("/api/patches").json()
    assert fine in [one["hash"] for one in found["items"]]
    told = client.get(f"/api/patches/{wrong}")
    assert told.status_code == 400
    assert found["broken"] == [{"hash": wrong, "error": told.json()["error"], "next": told.json()["next"]}]
    assert client.post("/api/patch", json={"source": steer(5)}).json()["hash"] == wrong
    assert client.get("/api/patches").json()["broken"] == []


def test_a_patch_of_prompts_is_previewed_with_its_progress_and_kept(client: TestClient) -> None:
    source = {"type": "means", "toward": ["a cat", "a dog"], "away": ["one"], "site": "L1.resid_post", "kind": "steer"}
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json({"type": "preview_patch", "id": 5, "source": source})
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1].get("id") != 5:
            heard.append(socket.receive_json())
    told = [(one["of"], one["done"], one["total"]) for one in heard if one["type"] == "patch_progress"]
    assert told == [(5, 1, 3), (5, 2, 3), (5, 3, 3)]
    shown = heard[-1]
    assert shown["type"] == "patch_previewed", shown
    assert shown["kept"] == ""
    kept = client.post("/api/patch", json={"source": source}).json()
    assert (kept["hash"], kept["source"]["toward"]) == (shown["hash"], ["a cat", "a dog"])


def test_a_direction_comes_from_a_file_that_was_sent(client: TestClient) -> None:
    d = client.get("/api/model_info").json()["d_model"]
    content = save({"found": torch.arange(1.0, d + 1)})
    sent = client.post("/api/directions", content=content, headers={"content-type": "application/octet-stream"})
    assert sent.status_code == 201, sent.json()
    file = sent.json()
    assert file["tensors"] == [{"name": "found", "shape": [d]}]
    assert client.get("/api/directions", params={"path": file["path"]}).json() == file
    source = {"type": "file", "path": file["path"], "site": "L1.resid_post", "kind": "steer"}
    made = client.post("/api/patch", json={"source": source}).json()
    assert made["patch"]["scale"] == pytest.approx(float(torch.arange(1.0, d + 1).norm()))
    refused = client.post("/api/directions", content=b"{}", headers={"content-type": "application/octet-stream"})
    assert refused.status_code == 400
    assert "safetensors" in refused.json()["error"]


def test_a_patch_is_put_away_and_restored(client: TestClient) -> None:
    patch = client.post("/api/patch", json={"source": steer(9), "name": "Soon away"}).json()
    assert client.delete(f"/api/patches/{patch['hash']}").status_code == 204
    assert client.get("/api/patches?q=soon").json()["items"] == []
    (away,) = client.get("/api/patches?q=soon&away=true").json()["items"]
    assert away["put_away"] is not None
    assert client.post(f"/api/patches/{patch['hash']}/restore").json() == patch
    assert client.delete("/api/patches/0123456789abcdef").status_code == 404


def test_a_set_is_named_found_and_says_where_it_is_used(client: TestClient) -> None:
    members = [{"source": steer(11), "strength": 2.0}]
    made = client.post("/api/patch-sets", json={"members": members}).json()
    named = client.put(f"/api/patch-sets/{made['hash']}/name", json={"name": "More of 11"}).json()
    assert (named["hash"], named["name"]) == (made["hash"], "More of 11")
    (row,) = client.get("/api/patch-sets?q=of 11").json()["items"]
    assert row["hash"] == made["hash"]
    trace = client.post("/api/traces", json={"text": TEXT, "patches": made["hash"]}).json()["hash"]
    for address in (f"/api/patch-sets/{made['hash']}/uses", f"/api/patches/{made['members'][0]['hash']}/uses"):
        found = client.get(address).json()
        assert [one["hash"] for one in found["traces"]] == [trace]
        assert found["n_traces"] == 1
    assert client.put("/api/patch-sets/0123456789abcdef/name", json={"name": "x"}).status_code == 404


def test_what_is_wrong_in_one_of_several_is_told_of_that_alone(client: TestClient) -> None:
    span = {"hash": "0" * 16, "scope": {"type": "span", "start": 3, "end": 3}}
    answer = client.post("/api/inference", json={"text": TEXT, "patches": ["1" * 16, span]})
    assert answer.status_code == 400
    says = "a span from 3 to 3 covers nothing; its end lies behind its start"
    assert answer.json()["error"] == f"patches.list.1.patch.scope.span: {says}"


def test_a_pass_that_runs_out_of_memory_is_told_and_the_next_one_runs(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client.post("/api/patch", json={"source": steer()}).json()
    infer = {"text": TEXT, "patches": made["hash"]}
    tries = {"type": "try_patches", "text": TEXT, "members": [{"source": {"type": "kept", "hash": made["hash"]}}]}

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    with monkeypatch.context() as patched:
        patched.setattr(Model, "trace_rows", full)
        answer = client.post("/api/inference", json=infer)
        assert answer.status_code == 507
        assert "ran out of memory" in answer.json()["error"]
        assert "unload" in answer.json()["next"]
        told = said_of(client, tries)
        assert (told["type"], told["status"], told["error"]) == ("failed", 507, answer.json()["error"])
    assert client.post("/api/inference", json=infer).status_code == 200
