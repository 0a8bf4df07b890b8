"""The socket over a real port, as uvicorn serves it: what the transport adds, cuts and refuses."""

import json
import logging
import socket as sockets
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import httpx
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from microscope.api.app import create_app
from microscope.api.ws import HARD_LIMIT
from microscope.cli.server import bind, configured
from microscope.lab import Lab
from microscope.services.hub import OVERRUN
from microscope.settings import Settings
from microscope.wire.line import CLOSE_FOREIGN_ORIGIN, CLOSE_TOO_LARGE, CLOSE_TOO_MANY, CLOSE_TOO_SLOW
from microscope.wire.unions import unpack_message

MAX_BYTES = 20_000
OUTBOX = 2
STOPPED = 1012
NO_UTF8 = 1007

Message = dict[str, Any]


class Online(NamedTuple):
    """A server on a free port."""

    port: int
    http: httpx.Client
    server: uvicorn.Server

    @contextmanager
    def line(self, **more: Any) -> Generator[ClientConnection]:
        """A socket that has been welcomed."""
        with connect(f"ws://127.0.0.1:{self.port}/api/ws", compression=None, max_size=None, **more) as line:
            assert hear(line)["type"] == "welcome"
            yield line


@contextmanager
def online(home: Path, model: Path, **settings: Any) -> Generator[Online]:
    """Serves in a thread until the block ends, set up as the command line does it."""
    given = Settings.model_validate({"home": home, "model": str(model), **settings})
    with bind("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        server = uvicorn.Server(configured(create_app(Lab.open(given), static=home / "static"), given, port))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            wait_for(lambda: server.started and http.get("/api/health").json()["model"])
            try:
                yield Online(port, http, server)
            finally:
                server.should_exit = True
                thread.join(10)
    assert not thread.is_alive()


def wait_for(ready: Callable[[], object]) -> None:
    for _ in range(600):
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError("not within 30 s")


@pytest.fixture(scope="module")
def served(tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Online]:
    limits = {"heartbeat_s": 0.2, "max_message_bytes": MAX_BYTES, "outbox_messages": OUTBOX, "max_sockets": 3}
    with online(tmp_path_factory.mktemp("home"), tiny_folder("gpt2"), **limits) as there:
        yield there


def hear(line: ClientConnection) -> Message:
    frame = line.recv(timeout=20)
    return json.loads(frame) if isinstance(frame, str) else unpack_message(frame).model_dump()


def hear_until(line: ClientConnection, kind: str) -> list[Message]:
    """Everything up to the first message of a kind, that one included; heartbeats come for ever."""
    heard: list[Message] = []
    for _ in range(300):
        heard.append(hear(line))
        if heard[-1]["type"] == kind:
            return heard
    raise AssertionError(f"no {kind} among {[message['type'] for message in heard]}")


def closed(line: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closes, once all that it sent before has been read."""
    with suppress(ConnectionClosed):
        for _ in range(3_000):
            line.recv(timeout=30)
    return line.close_code or 0, line.close_reason or ""


def say(line: ClientConnection, **message: Any) -> None:
    line.send(json.dumps(message))


def trace(served: Online, text: str) -> Message:
    return served.http.post("/api/traces", json={"text": text}).json()


# ── Alive ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_heart_beats_without_being_asked_and_a_ping_is_answered(served: Online) -> None:
    with served.line() as line:
        assert [hear(line)["type"] for _ in range(3)] == ["status"] * 3
        say(line, type="ping", id=5)
        assert hear_until(line, "pong")[-1] == {"type": "pong", "id": 5}


def test_who_does_not_read_is_cut_off_with_the_reason_and_others_go_on(served: Online) -> None:
    hash = trace(served, "The cat sat on the mat.")["hash"]
    narrow = sockets.socket()
    narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    narrow.connect(("127.0.0.1", served.port))
    with served.line(sock=narrow, max_queue=1, ping_interval=None) as deaf, served.line() as other:
        question = {"type": "read_lens", "trace": hash, "position": 3, "k": 200}
        for id in range(300):  # 20 kB each: more than the buffers in between hold
            say(deaf, id=id, **question)
        for id in range(20):  # readings of one text wait for each other: after these, those of the deaf one are done
            say(other, id=id, **question)
            assert hear_until(other, "lens_rows")[-1]["id"] == id
        id = served.http.post("/api/conversations", json={}).json()["id"]
        say(other, type="watch", id=1, conversation=id)
        say(other, type="send", id=2, conversation=id, text="hi", sampling={"max_new_tokens": 5})
        turn = hear_until(other, "turn_ended")[-1]["turn"]
        assert turn["reason"] in ("end", "length")
        narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1_000_000)
        code, reason = closed(deaf)
        assert code == CLOSE_TOO_SLOW
        assert f"{OVERRUN * OUTBOX} messages waited" in reason
        assert "MICROSCOPE_OUTBOX_MESSAGES" in reason
        say(other, type="ping", id=3)
        assert hear_until(other, "pong")[-1]["id"] == 3


# ── Too much ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["a" * MAX_BYTES, "é" * (MAX_BYTES // 2)], ids=["ascii", "two bytes each"])
def test_a_message_over_the_limit_is_answered_with_the_setting_and_its_id(served: Online, text: str) -> None:
    with served.line() as line:
        line.send(json.dumps({"type": "send", "id": 9, "conversation": "a", "text": text}, ensure_ascii=False))
        failed = hear_until(line, "failed")[-1]
        assert (failed["id"], failed["status"]) == (9, 413)
        assert f"over the limit of {MAX_BYTES:,}" in failed["error"]
        assert "MICROSCOPE_MAX_MESSAGE_BYTES" in failed["next"]
        say(line, type="ping", id=10)
        assert hear_until(line, "pong")[-1]["id"] == 10


@pytest.mark.parametrize("frames", [1, 8])
def test_a_message_far_over_it_is_never_taken_in(served: Online, frames: int) -> None:
    with served.line() as line:
        part = "a" * (HARD_LIMIT * MAX_BYTES // frames + 1)
        line.send(part if frames == 1 else [part] * frames)
        assert closed(line)[0] == CLOSE_TOO_LARGE


def test_one_socket_too_many_is_told_which_setting_it_was(served: Online) -> None:
    with served.line(), served.line(), served.line():
        with connect(f"ws://127.0.0.1:{served.port}/api/ws", compression=None) as fourth:
            code, reason = closed(fourth)
        assert code == CLOSE_TOO_MANY
        assert "More than 3 open sockets" in reason
        assert "MICROSCOPE_MAX_SOCKETS" in reason


def test_a_reason_longer_than_a_close_frame_is_cut_between_letters(served: Online) -> None:
    origin = {"Origin": "http://" + "é" * 200}
    with connect(f"ws://127.0.0.1:{served.port}/api/ws", compression=None, additional_headers=origin) as line:
        code, reason = closed(line)
    assert code == CLOSE_FOREIGN_ORIGIN
    assert 120 <= len(reason.encode()) <= 123


# ── Wrong ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ('{"type": "sing", "id": 4}', 4),
        ('{"id": 4}', 4),
        ('{"type": "watch", "id": 4}', 4),
        ('{"type": "watch", "id": 4, "conversation": "a", "extra": 1}', 4),
        ('{"type": "send", "id": 4, "conversation": "a", "text": "\\ud800"}', 4),
        ('{"type": "sing", "id": true}', None),
        ('{"type": "ping", "id": "four"}', None),
        ('{"type": "ping", "id": 4', None),
        ("[" * 10_000, None),
        ("[4]", None),
    ],
)
def test_a_wrong_message_is_answered_under_its_number_where_it_has_one(
    served: Online, text: str, id: int | None
) -> None:
    with served.line() as line:
        line.send(text)
        failed = hear_until(line, "failed")[-1]
        assert (failed["id"], failed["status"]) == (id, 400)
        assert failed["next"]
        say(line, type="ping", id=5)
        assert hear_until(line, "pong")[-1]["id"] == 5


def test_text_that_is_no_utf8_ends_the_line_and_leaves_no_traceback(
    served: Online, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("uvicorn.error")
    log.addHandler(caplog.handler)
    try:
        with served.line() as line:
            line.send(b'{"type": "\xff"}', text=True)
            assert closed(line)[0] == NO_UTF8
    finally:
        log.removeHandler(caplog.handler)
    assert caplog.text == ""


def test_a_burst_over_the_rate_is_answered_under_its_numbers(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    with online(tmp_path, tiny_folder("gpt2"), max_requests_per_minute=60) as there, there.line() as line:
        for id in range(70):
            say(line, type="ping", id=id)
        failed = hear_until(line, "failed")[-1]
        assert failed["status"] == 429
        assert failed["id"] >= 60
        assert "MICROSCOPE_MAX_REQUESTS_PER_MINUTE" in failed["next"]


# ── The end ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_stops_says_so(tiny_folder: Callable[[str], Path], tmp_path: Path) -> None:
    with online(tmp_path, tiny_folder("gpt2")) as there, there.line() as line:
        there.server.should_exit = True
        assert closed(line)[0] == STOPPED
