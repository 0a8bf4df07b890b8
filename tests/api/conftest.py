"""A real server over a tiny random model, without a network: one for a test file."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from microscope.api.app import create_app
from microscope.lab import Lab
from microscope.settings import Settings

SOCKET = "ws://127.0.0.1:8000/api/ws"
"""In full: the test client would otherwise say that its Host is `testserver`."""

Serve = Callable[..., TestClient]


@pytest.fixture(scope="module")
def serve(tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`serve(token="…")` is a client of a running server with these settings."""
    open_clients: list[TestClient] = []

    def start(**settings: object) -> TestClient:
        home = tmp_path_factory.mktemp("home")
        given = {"home": home, "model": str(tiny_folder("gpt2")), **settings}
        lab = Lab.open(Settings.model_validate(given))
        client = TestClient(
            create_app(lab, static=home / "static"), base_url="http://127.0.0.1:8000", raise_server_exceptions=False
        )
        client.__enter__()
        open_clients.append(client)
        return client

    yield start
    for client in open_clients:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def client(serve: Serve) -> TestClient:
    """The plain server, its model loaded."""
    return loaded(serve())


def loaded(client: TestClient) -> TestClient:
    """Wait until the model is there."""
    for _ in range(600):
        if client.get("/api/health").json()["model"]:
            return client
        time.sleep(0.05)
    raise AssertionError("the model was not loaded in 30 s")
