"""The product as people run it: a process with a port, a home folder and a log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from websockets.sync.client import connect

START_S = 120
"""Importing torch on a crowded machine takes long."""

_ADDRESS = re.compile(r"Microscope is at (http://\S+)")

T = TypeVar("T")


def until(ask: Callable[[], T], seconds: float, what: str) -> T:
    """The first true answer.

    Raises:
        AssertionError: none came in time.
    """
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
        time.sleep(0.05)
    return answer


def environment(**more: str) -> dict[str, str]:
    """Without a network, and on one thread: a tiny forward pass is slower on two."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("MICROSCOPE_")}
    return {**others, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1", **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "microscope", *arguments]


class Server:
    """`microscope ui` on one home folder; it can be killed, and started again on the same port."""

    def __init__(self, home: Path, model: Path, **settings: str) -> None:
        self.home = home
        self.model = model
        self.settings = settings
        self.port = 0
        self.log = home.with_suffix(".log")
        self.start()

    def start(self) -> None:
        """Returns when the model is loaded."""
        where = ["--port", str(self.port), "--no-browser", "--home", str(self.home)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command("ui", "--model", str(self.model), *where),
                stdout=log,
                stderr=log,
                env=environment(**self.settings),
            )
        self.url = until(self._said, START_S, "the server says where it is").rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])
        self.http = httpx.Client(base_url=self.url, timeout=60)
        until(lambda: self.get("/api/health")["model"], START_S, "the model is loaded")

    def _said(self) -> str:
        text = self.log.read_text()
        assert self.process.poll() is None, text
        found = _ADDRESS.search(text)
        return found.group(1) if found else ""

    def end(self, by: signal.Signals = signal.SIGINT) -> None:
        """SIGKILL is what a power cut does: no goodbye."""
        self.http.close()
        self.process.send_signal(by)
        self.process.wait(20)

    # ── What walks need of the API ───────────────────────────────────────────────────────────────────────

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()

    def conversation(self, text: str = "", n_tokens: int = 12) -> str:
        """The id of a new one; with a text, a turn and its greedy answer are in it."""
        id: str = self.post("/api/conversations")["id"]
        if text:
            self.say(id, text, n_tokens)
        return id

    def say(self, id: str, text: str, n_tokens: int) -> None:
        """One turn to its end, over a socket of its own."""
        with connect(f"ws://127.0.0.1:{self.port}/api/ws", max_size=None) as line:
            line.send(json.dumps({"type": "watch", "id": 1, "conversation": id}))
            sampling = {"max_new_tokens": n_tokens}
            line.send(json.dumps({"type": "send", "id": 2, "conversation": id, "text": text, "sampling": sampling}))
            for frame in line:
                kind = json.loads(frame)["type"] if isinstance(frame, str) else "tokens"
                assert kind != "failed", frame
                if kind == "turn_ended":
                    return

    def ids(self, conversation: str) -> list[int]:
        return self.get(f"/api/conversations/{conversation}")["ids"]
