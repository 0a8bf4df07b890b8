"""Every route over a real server: shapes, errors, etags."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from starlette.testclient import TestClient

from microscope.api.app import create_app
from microscope.core.tuning import identity
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.files import Folder
from microscope.store.lenses import Lenses
from microscope.wire.conversations import Conversation
from microscope.wire.line import Welcome
from microscope.wire.models import LoadFailure, ModelInfo, TunedLens
from microscope.wire.scripts import ChatResponse, LensResponse
from microscope.wire.traces import Trace
from tests.api.conftest import SOCKET, Serve, loaded


def test_health_answers_before_a_model_is_there(serve: Serve) -> None:
    answer = serve(model="no-such-model-anywhere").get("/api/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["model"]) == (200, "ok", None)


def test_where_the_first_model_cannot_be_had_the_log_says_that_the_pages_are_up(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(model="/does/not/exist")
    client.post("/api/lens", json={"text": "One, two"})  # Waits until it has failed.
    (record,) = [one for one in caplog.records if one.name == "microscope"]
    assert "/does/not/exist" in record.message
    assert record.message.endswith("The pages are up without a model: choose one at the top left of any of them.")


@pytest.mark.parametrize(("path", "body"), [("/api/lens", {"text": "One, two"}), ("/api/chat", {"text": "hi"})])
def test_a_request_right_after_the_start_waits_for_the_model(serve: Serve, path: str, body: object) -> None:
    answer = serve().post(path, json=body)
    assert answer.status_code == 200, answer.text


def test_model_info_right_after_the_start_waits_for_the_model(serve: Serve) -> None:
    assert ModelInfo.model_validate(serve().get("/api/model_info").json()).slug == "gpt2"


def test_why_the_first_model_was_not_loaded_is_told_to_whoever_comes_later(serve: Serve) -> None:
    client = serve(model="/does/not/exist")
    said = client.post("/api/lens", json={"text": "One, two"}).json()
    failure = LoadFailure.model_validate(client.get("/api/health").json()["load_failure"])
    assert (failure.model, failure.status) == ("/does/not/exist", 404)
    assert failure.error in said["error"]
    assert failure.next in said["next"]
    assert failure.error in client.get("/api/model_info").json()["error"]
    with client.websocket_connect(SOCKET) as socket:
        welcome = Welcome.model_validate(socket.receive_json())
    assert (welcome.model, welcome.loading, welcome.load_failure) == (None, None, failure)


def test_model_info_carries_the_badge(client: TestClient) -> None:
    info = ModelInfo.model_validate(client.get("/api/model_info").json())
    assert info.parity.ok
    assert info.parity.checks
    assert all(check.measured is not None and check.measured <= check.tolerance for check in info.parity.checks)


def test_model_info_tells_which_tuned_lens_is_read(serve: Serve, tmp_path: Path) -> None:
    client = loaded(serve(home=tmp_path))
    info = ModelInfo.model_validate(client.get("/api/model_info").json())
    assert (info.lenses, info.tuned_lens) == (("logit",), None)
    for source in ("one program", "another program"):
        lens = identity(info.n_layers, info.d_model)
        path = Lenses(Folder(tmp_path)).write(info.weights_sha256, lens, {"imported_from": source})
        told = ModelInfo.model_validate(client.get("/api/model_info").json())
        assert told.lenses == ("logit", "tuned")
        assert told.tuned_lens == TunedLens(
            path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest(), says=f"imported from {source}"
        )


def test_the_vocabulary_is_every_tokens_bytes(client: TestClient) -> None:
    info = client.get("/api/model_info").json()
    answer = client.get(f"/api/models/{info['slug']}/vocab")
    arrays = load(answer.content)
    assert arrays["offsets"].shape == (info["d_vocab"] + 1,)
    assert arrays["offsets"][-1] == arrays["bytes"].size
    assert arrays["special"].sum() >= 5
    assert answer.headers["cache-control"] == "private, no-cache", "a slug may come to stand for other weights"


def test_what_a_reader_has_is_not_sent_again(client: TestClient) -> None:
    trace = client.post("/api/traces", json={"text": "The cat sat on the mat."}).json()
    address = f"/api/traces/{trace['hash']}/grid"
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["cache-control"] == "private, no-cache", "the address does not name the dtype"
    assert client.get(address, params={"k": 1, "read": "after"}).status_code in (200, 400)
    assert client.get(address, params={"read": "after"}).headers["etag"] != first.headers["etag"]


def test_a_trace_is_named_by_its_content(client: TestClient) -> None:
    one, two = (Trace.model_validate(client.post("/api/traces", json={"text": "a cat"}).json()) for _ in range(2))
    other = Trace.model_validate(client.post("/api/traces", json={"text": "a dog"}).json())
    assert one.hash == two.hash != other.hash
    assert client.get(f"/api/traces/{one.hash}").json()["ids"] == list(one.ids)


def test_a_grid_is_what_the_script_road_says(client: TestClient) -> None:
    """Two roads to the same numbers: the heat map's arrays and POST /api/lens."""
    text = "The capital of France is Paris."
    trace = client.post("/api/traces", json={"text": text}).json()
    answer = client.get(f"/api/traces/{trace['hash']}/grid")
    arrays = load(answer.content)
    lens = LensResponse.model_validate(client.post("/api/lens", json={"text": text, "k": 3}).json())
    assert [token.id for token in lens.tokens] == arrays["ids"].tolist() == trace["ids"]
    for token in lens.tokens[1:]:
        for row, layer in enumerate(token.lens):
            assert layer.predictions[0].id == arrays["top_ids"][row, token.position]
            assert layer.rank == arrays["rank"][row, token.position]
            assert layer.probability == pytest.approx(np.exp(arrays["target_logprob"][row, token.position]), abs=1e-5)
    header = json.loads(answer.content[8 : 8 + int.from_bytes(answer.content[:8], "little")])
    assert json.loads(header["__metadata__"]["message"])["n_layers"] == len(lens.tokens[1].lens) - 1


def test_a_trace_is_sent_once_and_then_known_by_its_etag(client: TestClient) -> None:
    trace = client.post("/api/traces", json={"text": "The cat sat on the mat"}).json()
    address = f"/api/traces/{trace['hash']}"
    first = client.get(address)
    assert first.json() == trace
    again = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.post("/api/traces", json={"text": "The dog"}).json()
    assert client.get(f"/api/traces/{other['hash']}").headers["etag"] != first.headers["etag"]


def test_a_lens_has_every_layer_and_the_first_token_has_no_for(client: TestClient) -> None:
    lens = LensResponse.model_validate(client.post("/api/lens", json={"text": "One, two, three"}).json())
    assert lens.tokens[0].lens == ()
    assert [row.layer for row in lens.tokens[1].lens] == ["embed", 0, 1, 2]
    last = lens.tokens[-1].lens[-1]
    assert last.kl_to_last == pytest.approx(0, abs=1e-6)
    assert sum(prediction.probability for prediction in last.predictions) <= 1 + 1e-6


def test_a_layer_that_is_not_finite_has_no_predictions_and_no_rank(serve: Serve, broken_folder: Path) -> None:
    answer = loaded(serve(model=str(broken_folder))).post("/api/lens", json={"text": "One, two, three"})
    layers = LensResponse.model_validate(answer.json()).tokens[1].lens
    assert [len(row.predictions) for row in layers] == [10, 10, 0, 0]
    assert [row.rank is None for row in layers] == [False, False, True, True]
    assert [row.probability is None for row in layers] == [False, False, True, True]
    assert "NaN" not in answer.text


def test_chat_answers_with_the_lens_of_every_token(client: TestClient) -> None:
    request = {"text": "hi", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    answer = ChatResponse.model_validate(
        client.post("/api/chat", json={**request, "sampling": {"max_new_tokens": 4}}).json()
    )
    assert 1 <= len(answer.tokens) <= 4
    assert all(len(token.lens) == 4 for token in answer.tokens)
    assert answer.user_tokens
    positions = [token.position for token in (*answer.user_tokens, *answer.tokens)]
    assert positions == sorted(positions)


def test_conversations_are_made_renamed_listed_deleted_and_brought_back(client: TestClient) -> None:
    made = Conversation.model_validate(client.post("/api/conversations", json={"title": "é 👩‍👩‍👧"}).json())
    address = f"/api/conversations/{made.id}"
    assert client.patch(address, json={"title": "other"}).json()["title"] == "other"
    assert made.id in [row["id"] for row in client.get("/api/conversations", params={"q": "OTHER"}).json()["items"]]
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/restore").json()["id"] == made.id
    assert client.get(address).status_code == 200


def test_a_title_is_looked_for_as_it_is_kept(client: TestClient) -> None:
    made = client.post("/api/conversations", json={"title": "tab\tand  space"}).json()
    for q in ("tab\tand", "tab and space", "tab and\x00space"):
        found = client.get("/api/conversations", params={"q": q}).json()["items"]
        assert [row["id"] for row in found] == [made["id"]]
    assert client.get("/api/conversations", params={"q": "tab\x00x"}).json()["total"] == 0


def test_a_bundle_opens_on_another_server_with_the_same_numbers(client: TestClient, serve: Serve) -> None:
    trace = client.post("/api/traces", json={"text": "The dog ran after the cat."}).json()
    beside = client.post("/api/traces", json={"text": "The dog"}).json()
    search = f"?token=4&pins=1,2&vs={beside['hash']}"
    bundle = client.get(f"/api/traces/{trace['hash']}/export", params={"search": search}).json()
    other = loaded(serve())
    assert other.get(f"/api/traces/{trace['hash']}").status_code == 404
    imported = other.post("/api/import", json=bundle)
    assert imported.status_code == 201, imported.text
    assert imported.json()["open"] == f"/lens/{trace['hash']}?token=4&pins=1%2C2&vs={beside['hash']}"
    listed = other.get("/api/traces", params={"model": other.get("/api/model_info").json()["slug"]}).json()
    assert {row["hash"] for row in listed} == {trace["hash"], beside["hash"]}
    grids = [load(server.get(f"/api/traces/{trace['hash']}/grid").content) for server in (client, other)]
    for name, array in grids[0].items():
        np.testing.assert_array_equal(array, grids[1][name])


def test_a_saved_view_is_found_by_its_hash(client: TestClient) -> None:
    view = {"path": "/lens/abc", "search": {"pins": "1,2"}, "title": ""}
    name = client.post("/api/views", json=view).json()["hash"]
    assert client.get(f"/api/views/{name}").json() == view


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/nothing", None, 404),
        ("GET", "/api/conversations/zzzzzzzzzz", None, 404),
        ("GET", "/api/traces/0000000000000000", None, 404),
        ("GET", "/api/traces/..%2F..%2Fetc", None, 404),
        ("GET", "/api/views/nothing", None, 404),
        ("GET", f"/api/traces/{'a' * 5_000}", None, 404),
        ("GET", "/api/views/%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1", None, 404),
        ("GET", "/api/model_info?model=nothing", None, 404),
        ("POST", "/api/lens", {}, 400),
        ("POST", "/api/lens", {"text": ""}, 400),
        ("POST", "/api/lens", {"text": "a", "k": 0}, 400),
        ("POST", "/api/lens", {"text": "a", "k": 10**9}, 413),
        ("POST", "/api/lens", {"text": "a", "read": "sideways"}, 400),
        ("POST", "/api/lens", {"text": "a " * 50_000}, 413),
        ("POST", "/api/chat", {"text": ""}, 400),
        ("POST", "/api/chat", {"text": "a", "sampling": {"temperature": -1}}, 400),
        ("POST", "/api/traces", {"text": "a", "ids": [1]}, 400),
        ("POST", "/api/traces", {"ids": [10**9]}, 400),
        ("POST", "/api/load-model", {"model": "/no/such/folder"}, 404),
        ("POST", "/api/load-model", {"model": "x" * 5_000}, 400),
        ("POST", "/api/conversations", {"unknown": 1}, 400),
        ("GET", "/api/conversations?offset=99999999999999999999", None, 400),
        ("POST", "/api/views", {"path": "https://evil.example", "search": {}}, 400),
        ("POST", "/api/views", {"path": "//evil.example", "search": {}}, 400),
        ("POST", "/api/views", {"path": "/\\evil.example", "search": {}}, 400),
        ("DELETE", "/api/health", None, 405),
    ],
)
def test_every_error_has_one_shape(client: TestClient, method: str, path: str, body: object, status: int) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert set(problem) == {"error", "next", "status"}
    assert problem["error"]
    assert problem["next"], "an error says what to do next"
    assert problem["status"] == status


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"text": "\\ud800"}', b"[]", b'"text"'])
def test_what_is_no_json_is_refused_in_words(client: TestClient, content: bytes) -> None:
    answer = client.post("/api/lens", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"text":"\xe9"}', "The body is not UTF-8: byte 9."),
        (b"[" * 100_000, "The body's JSON is nested too deeply."),
        (b'{"text": "a"', "The body is no JSON (line 1, column 13): Expecting ',' delimiter."),
        (b'{"k": 1' + b"1" * 5_000 + b"}", "The body's JSON holds a number of too many digits."),
    ],
)
def test_a_body_that_cannot_be_parsed_says_why(client: TestClient, content: bytes, says: str) -> None:
    answer = client.post("/api/lens", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, says)


HALF = "a\ud800b"
BUNDLE = {"model_name": "m", "weights_sha256": "0", "tokenizer_sha256": ""}


@pytest.mark.parametrize(
    ("method", "path", "body", "what"),
    [
        ("POST", "/api/conversations", {"title": HALF}, "title"),
        ("POST", "/api/conversations", {"system": HALF}, "system"),
        ("POST", "/api/conversations", {"model": HALF}, "model"),
        ("POST", "/api/conversations", {"mode": HALF}, "mode"),
        ("POST", "/api/conversations", {HALF: HALF}, "name of a field"),
        ("PATCH", "/api/conversations/zzzzzzzzzz", {"title": HALF}, "title"),
        ("POST", "/api/conversations/zzzzzzzzzz/branch", {"position": 0, "text": HALF}, "text"),
        ("POST", "/api/traces", {"text": HALF}, "text"),
        ("POST", "/api/traces", {"conversation": HALF}, "conversation"),
        ("POST", "/api/load-model", {"model": HALF}, "model"),
        ("POST", "/api/load-model", {"model": "gpt2", "revision": HALF}, "revision"),
        ("POST", "/api/load-model", {"model": "specimen", "device": HALF}, "device"),
        ("POST", "/api/chat", {"text": HALF}, "text"),
        ("POST", "/api/chat", {"text": "a", "messages": [{"role": "user", "content": HALF}]}, "content"),
        ("POST", "/api/lens", {"text": HALF}, "text"),
        ("POST", "/api/lens", {"text": "a", "model": HALF}, "model"),
        ("POST", "/api/views", {"path": f"/{HALF}", "search": {}}, "path"),
        ("POST", "/api/views", {"path": "/", "search": {}, "title": HALF}, "title"),
        ("POST", "/api/views", {"path": "/", "search": {"text": HALF}}, "text"),
        ("POST", "/api/views", {"path": "/", "search": {HALF: "a"}}, "name of a field"),
        ("POST", "/api/import", {**BUNDLE, "model_name": HALF}, "model_name"),
        ("POST", "/api/import", {**BUNDLE, "weights_sha256": HALF}, "weights_sha256"),
        ("POST", "/api/import", {**BUNDLE, "tokenizer_sha256": HALF}, "tokenizer_sha256"),
        ("POST", "/api/import", {**BUNDLE, "conversations": [{"title": HALF}]}, "title"),
        ("POST", "/api/lens", HALF, "body"),
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(
    client: TestClient, method: str, path: str, body: object, what: str
) -> None:
    content = json.dumps(body).encode()
    answer = client.request(method, path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"The {what} holds half of a character (U+D800) at position ")


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/api/lens", '{"text": "a", "k": NaN}', "The k is nan; expected a finite number."),
        ("/api/lens", '{"text": "a", "k": 1e400}', "The k is inf; expected a finite number."),
        ("/api/chat", '{"text": "a", "sampling": {"temperature": -Infinity}}', "The temperature is -inf; expected"),
        ("/api/import", '{"conversations": [{"created": NaN}]}', "The created is nan; expected a finite number."),
        ("/api/lens", '{"text": "a", "k": 0}', "k: Input should be greater than or equal to 1, got 0"),
        ("/api/lens", '{"text": ["a"]}', "text: Input should be a valid string, got a list"),
        ("/api/lens", '{"text": null}', "text: Input should be a valid string, got null"),
        ("/api/lens", '{"text": "a", "read": "FOR"}', "read: Input should be 'for' or 'after', got \"FOR\""),
        ("/api/lens", "[]", "body: Input should be a valid dictionary or object to extract fields from, got a list"),
        ("/api/lens", '{"text": "a", "K": 3}', "K: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected_and_what_was_got(
    client: TestClient, path: str, body: str, says: str
) -> None:
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(says)


def test_a_long_value_is_not_repeated_whole(client: TestClient) -> None:
    error = client.post("/api/conversations", json={"title": "é" * 201}).json()["error"]
    assert error.startswith('title: String should have at most 200 characters, got "ééé')
    assert error.endswith("é…")
    assert len(error) < 150


def test_json_that_is_not_declared_as_json_is_told_how(client: TestClient) -> None:
    answer = client.post("/api/lens", content=b'{"text": "a"}', headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]) == (400, "The body is not declared as JSON.")
    assert "Content-Type: application/json" in answer.json()["next"]


def test_half_a_character_need_not_be_spelled(client: TestClient) -> None:
    content, headers = b'{"text": "\xed\xa0\x80"}', {"content-type": "application/json"}
    answer = client.post("/api/lens", content=content, headers=headers)
    assert answer.json()["error"].startswith("The text holds half of a character (U+D800) at position 0;")


def test_without_built_pages_the_address_says_how_to_build_them(client: TestClient) -> None:
    answer = client.get("/chat/abc")
    assert answer.status_code == 503
    assert "make install" in answer.text


def test_a_file_of_an_earlier_build_is_not_there_and_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static/index.html").write_text("the page")
    (tmp_path / "static/docs.html").write_text("the reference")
    home = Lab.open(Settings.model_validate({"home": tmp_path / "home"}))
    client = TestClient(create_app(home, static=tmp_path / "static"), base_url="http://127.0.0.1:8000")
    assert client.get("/chat/abc").text == "the page"
    assert client.get("/docs").text == "the reference"
    for gone in ("/assets/Tour-old.js", "/assets/%00", f"/assets/{'a' * 5_000}.js"):
        answer = client.get(gone)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
        assert "Reload the page" in answer.json()["next"]
    assert client.get("/%00").text == client.get("/" + "a" * 5_000).text == "the page"


def test_every_route_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert all(operation.get("summary") for path in paths.values() for operation in path.values())
    assert {"/api/health", "/api/model_info", "/api/load-model", "/api/chat", "/api/lens", "/api/conversations"} <= set(
        paths
    )


@pytest.mark.parametrize("path", ["~no-such-user/x", "/" + "a" * 5_000, "a\0b", "\ud800"])
def test_what_no_file_can_be_called_is_told_wherever_a_path_is_given(client: TestClient, path: str) -> None:
    train = {"kind": "train_sae", "activations": [path]}
    specs = (
        train,
        {**train, "activations": ["a.parquet"], "out": path},
        {"kind": "evaluate_sae", "sae": path, "activations": "a.parquet"},
        {"kind": "harvest", "sae": path},
        {"kind": "record_activations", "dataset": path, "layers": [0]},
        {"kind": "record_activations", "out": path, "layers": [0]},
    )
    asked = [("/api/preflight", {"spec": spec}) for spec in specs]
    asked += [("/api/saes", {"source": path}), ("/api/load-sae", {"path": path}), ("/api/load-model", {"model": path})]
    for route, body in asked:
        # As anybody may send it: half a character is valid JSON.
        answer = client.post(route, content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (route, body, answer.text)
    if path != "\ud800":  # Has no bytes, and cannot be in an address.
        for route in ("/api/features", "/api/features/histograms"):
            answer = client.get(route, params={"sae": path})
            assert 400 <= answer.status_code < 500, (route, answer.text)
