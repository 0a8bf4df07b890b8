"""The socket: what is said, in what order, and what a mistake costs (nothing but an answer)."""

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load
from starlette.testclient import TestClient, WebSocketTestSession

from microscope.wire.unions import unpack_message
from tests.api.conftest import SOCKET


def hear(socket: WebSocketTestSession) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The next message, and its arrays."""
    frame = socket.receive()
    assert frame["type"] == "websocket.send", frame
    if frame.get("text") is not None:
        return json.loads(frame["text"]), {}
    return unpack_message(frame["bytes"]).model_dump(), load(frame["bytes"])


def hear_until(socket: WebSocketTestSession, kind: str) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Everything up to the first message of a kind, that one included."""
    heard = [hear(socket)]
    while heard[-1][0]["type"] != kind:
        heard.append(hear(socket))
    return heard


def conversation(client: TestClient) -> str:
    return client.post("/api/conversations", json={}).json()["id"]


def test_a_turn_from_send_to_end(client: TestClient) -> None:
    id = conversation(client)
    with client.websocket_connect(SOCKET) as socket:
        assert hear(socket)[0]["type"] == "welcome"
        socket.send_json({"type": "watch", "id": 1, "conversation": id})
        assert hear_until(socket, "snapshot")[-1][0]["id"] == 1
        socket.send_json({"type": "send", "id": 2, "conversation": id, "text": "hi", "sampling": {"max_new_tokens": 5}})
        heard = hear_until(socket, "turn_ended")
    kept = client.get(f"/api/conversations/{id}").json()
    ids: list[int] = []
    for message, arrays in heard:
        if message["type"] == "tokens":
            assert message["start"] == len(ids)
            ids.extend(arrays["ids"].tolist())
            assert message["lens"] == ("top_ids" in arrays)
    assert ids == kept["ids"]
    generated = [arrays for message, arrays in heard if message["type"] == "tokens" and message["lens"]]
    assert generated
    assert all(arrays["top_ids"].shape[1:] == (4, 10) for arrays in generated)
    # The vocabulary has fewer than 65,536 entries.
    assert {arrays[name].dtype.name for arrays in generated for name in ("ids", "top_ids")} == {"uint16"}
    assert heard[-1][0]["turn"] == kept["turns"][-1]


def test_a_second_tab_hears_the_same_and_a_third_catches_up(client: TestClient) -> None:
    id = conversation(client)
    with client.websocket_connect(SOCKET) as one, client.websocket_connect(SOCKET) as two:
        for socket in (one, two):
            socket.send_json({"type": "watch", "id": 1, "conversation": id})
            hear_until(socket, "snapshot")
        one.send_json({"type": "send", "id": 2, "conversation": id, "text": "hi", "sampling": {"max_new_tokens": 5}})
        first, second = hear_until(one, "turn_ended"), hear_until(two, "turn_ended")
    heard = [
        [arrays["ids"].tolist() for message, arrays in side if message["type"] == "tokens"] for side in (first, second)
    ]
    told = [[token for part in side for token in part] for side in heard]
    assert told[0] == told[1]
    with client.websocket_connect(SOCKET) as late:
        late.send_json({"type": "watch", "id": 1, "conversation": id, "from_position": 2})
        snapshot = hear_until(late, "snapshot")[-1][0]
    assert snapshot["conversation"]["ids"] == told[0]


def test_a_click_costs_no_forward_pass(client: TestClient) -> None:
    id = conversation(client)
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json({"type": "watch", "id": 1, "conversation": id})
        socket.send_json({"type": "send", "id": 2, "conversation": id, "text": "hi", "sampling": {"max_new_tokens": 4}})
        hear_until(socket, "turn_ended")
        before = client.get("/api/status").json()
        socket.send_json({"type": "read_lens", "id": 3, "conversation": id, "position": 3, "k": 50})
        rows = hear_until(socket, "lens_rows")[-1][0]
    after = client.get("/api/status").json()
    assert rows["computed"] == "kept"
    assert [row["layer"] for row in rows["rows"]] == ["embed", 0, 1, 2]
    assert len(rows["rows"][0]["ids"]) == 50
    assert (after["forwards"], after["positions_computed"]) == (before["forwards"], before["positions_computed"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "The message is no JSON (line 1, column 2)"),
        ("[" * 5_000, "nested too deeply"),
        ("[]", "object"),
        ('{"type": "sing", "id": 1}', "sing"),
        ('{"type": "watch", "id": 1}', "conversation"),
        ('{"type": "watch", "id": 1, "conversation": "zzzzzzzzzz"}', "conversation"),
        ('{"type": "watch", "id": 1, "conversation": "a", "extra": 1}', "extra"),
        (
            '{"type": "watch", "id": 1, "conversation": "\\ud800"}',
            "The conversation holds half of a character (U+D800) at position 0",
        ),
        ('{"type": "\\ud800", "id": 1}', "The type holds half of a character (U+D800) at position 0"),
        ('{"type": "ping", "id": 1, "\\ud800": 1}', "The name of a field holds half of a character"),
        ('{"type": "load_model", "id": 1, "request": {"model": "\\udcff"}}', "The model holds half of a character"),
        ('{"type": "read_lens", "id": 1, "position": -1}', "greater"),
    ],
)
def test_a_wrong_message_is_answered_and_the_socket_lives_on(client: TestClient, text: str, says: str) -> None:
    with client.websocket_connect(SOCKET) as socket:
        socket.send_text(text)
        failed = hear_until(socket, "failed")[-1][0]
        assert says in failed["error"] + failed["next"]
        socket.send_json({"type": "ping", "id": 7})
        assert hear_until(socket, "pong")[-1][0]["id"] == 7


@pytest.mark.parametrize("over_http", [False, True])
def test_a_load_that_fails_ends_on_every_page(client: TestClient, over_http: bool) -> None:
    """Or the others would say for ever that a model is being loaded."""
    wrong = {"model": "/no/such/folder"}
    with client.websocket_connect(SOCKET) as asking, client.websocket_connect(SOCKET) as other:
        if over_http:
            assert client.post("/api/load-model", json=wrong).status_code == 404
        else:
            asking.send_json({"type": "load_model", "id": 3, "request": wrong})
            assert hear_until(asking, "failed")[-1][0]["id"] == 3
        told = [message["type"] for message, _ in hear_until(other, "changed")]
    assert told[-2:] == ["load_progress", "changed"]


def test_half_a_character_in_a_text_is_told_with_its_place(client: TestClient) -> None:
    message = {"type": "send", "id": 2, "conversation": conversation(client), "text": "hi \ud800"}
    with client.websocket_connect(SOCKET) as socket:
        socket.send_text(json.dumps(message))
        failed = hear_until(socket, "failed")[-1][0]
    assert failed["error"].startswith("The text holds half of a character (U+D800) at position 3;")
    assert (failed["id"], failed["status"]) == (2, 400)


def test_a_binary_frame_is_refused_in_words(client: TestClient) -> None:
    with client.websocket_connect(SOCKET) as socket:
        socket.send_bytes(b"\x00")
        assert "text frame" in hear_until(socket, "failed")[-1][0]["error"]


def test_stop_ends_the_turn_and_the_next_one_goes_on(client: TestClient) -> None:
    id = conversation(client)
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json({"type": "watch", "id": 1, "conversation": id})
        sampling = {"max_new_tokens": 200, "temperature": 5.0}
        socket.send_json({"type": "send", "id": 2, "conversation": id, "text": "hi", "sampling": sampling})
        hear_until(socket, "turn_started")
        socket.send_json({"type": "stop", "id": 3, "conversation": id})
        ended = hear_until(socket, "turn_ended")[-1][0]
        assert ended["turn"]["reason"] in ("stopped", "end")
        n_before = len(client.get(f"/api/conversations/{id}").json()["ids"])
        socket.send_json({"type": "generate", "id": 4, "conversation": id, "sampling": {"max_new_tokens": 2}})
        hear_until(socket, "turn_ended")
    assert len(client.get(f"/api/conversations/{id}").json()["ids"]) > n_before
