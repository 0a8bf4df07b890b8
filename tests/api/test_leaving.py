"""A script that goes away in the middle of its answer, over a real port."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import httpx
import pytest
import torch
import uvicorn

from microscope.api.app import create_app
from microscope.cli.server import bind
from microscope.lab import Lab
from microscope.settings import Settings

N_TOKENS = 150
STEP_S = 0.05
"""Of one forward pass and of one reading here: without that, all would be done before anybody can leave."""


class Online(NamedTuple):
    port: int
    lab: Lab
    work: list[float]
    """When forward passes and readings began."""

    def ask(self, path: str, **body: object) -> socket.socket:
        """A request whose answer nobody has read yet."""
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        line = socket.create_connection(("127.0.0.1", self.port))
        line.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        return line


@pytest.fixture
def online(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Iterator[Online]:
    given = {"home": tmp_path, "model": str(tiny_folder("gpt2")), "device": "cpu", "max_streams": 1}
    with bind("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        lab = Lab.open(Settings.model_validate(given))
        server = uvicorn.Server(uvicorn.Config(create_app(lab, static=tmp_path), log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            until(lambda: http.get("/api/health").json()["model"])
        work: list[float] = []

        def take_long(*_: object) -> None:
            work.append(time.monotonic())
            time.sleep(STEP_S)

        model = lab.resident[0].model
        assert isinstance(model.unembed.norm, torch.nn.Module)
        for module in (model._hf, model.unembed.norm):  # pyright: ignore[reportPrivateUsage]
            module.register_forward_pre_hook(take_long)
        yield Online(port, lab, work)
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def until(holds: Callable[[], object]) -> None:
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("not in 60 s")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/chat", {"text": "Hi", "sampling": {"max_new_tokens": N_TOKENS, "temperature": 3.0}}),
        ("/api/lens", {"text": "zq " * (N_TOKENS // 2)}),
    ],
)
def test_who_leaves_frees_the_device(online: Online, path: str, body: dict[str, object]) -> None:
    assert online.lab.turns == 0
    line = online.ask(path, **body)
    until(lambda: len(online.work) > 6 and online.lab.turns == 1)
    assert len(online.lab.states) == 1, "its bytes count among those of all states"
    at_leaving = len(online.work)
    line.close()
    until(lambda: online.lab.turns == 0)
    assert len(online.lab.states) == 0
    assert len(online.work) - at_leaving < N_TOKENS / 3, "it did not go on to the end"
    freed = len(online.work)
    time.sleep(10 * STEP_S)
    assert len(online.work) - freed <= 3, "the token that was being computed, and its lens"


def test_who_stays_is_answered_and_mistakes_are_still_said(online: Online) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{online.port}", timeout=60) as http:
        answer = http.post("/api/chat", json={"text": "Hi", "sampling": {"max_new_tokens": 3}})
        assert len(answer.json()["tokens"]) == 3
        assert http.post("/api/chat", json={"text": " "}).json()["status"] == 400
        assert http.post("/api/lens", json={"k": "many"}).json()["status"] == 400
        line = online.ask("/api/chat", text="Hi", sampling={"max_new_tokens": N_TOKENS, "temperature": 3.0})
        until(lambda: online.lab.turns == 1)
        for path in ("/api/chat", "/api/lens"):
            refused = http.post(path, json={"text": "Hi"})
            assert refused.status_code == 429
            assert "MICROSCOPE_MAX_STREAMS" in refused.json()["next"]
        line.close()
