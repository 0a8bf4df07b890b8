"""The server's life: where it says it is, what it refuses, and how soon it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.cli.processes import program
from typer.testing import CliRunner
from websockets.sync.client import connect

from microscope.cli import app
from microscope.cli.listening import bind, check_exposure
from microscope.cli.outcome import page
from microscope.cli.server import address
from microscope.errors import Denied, Invalid, Unavailable
from microscope.settings import Settings


@contextmanager
def server(home: Path, *options: str, **environment: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A process and the address that it printed."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MICROSCOPE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "microscope", "ui", "--port", "0", "--no-browser", "--home", str(home), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**variables, **environment, "OMP_NUM_THREADS": "1"},
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[3]
        finally:
            process.kill()


def test_it_serves_and_ends_within_three_seconds_with_an_open_socket(
    tmp_path: Path, tiny_folder: Callable[[str], Path]
) -> None:
    """At SIGTERM; at Ctrl-C in tests/e2e/test_process.py, while the socket streams."""
    with server(tmp_path, "--model", str(tiny_folder("gpt2"))) as (process, url):
        assert httpx.get(f"{url}api/health").json()["status"] == "ok"
        with connect(f"{url.replace('http', 'ws')}api/ws", compression=None) as websocket:
            assert '"welcome"' in str(websocket.recv(timeout=5))
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=5)
        assert time.monotonic() - asked < 3.5


def test_ctrl_c_while_the_model_is_loaded_ends_in_time_and_in_one_line(tmp_path: Path) -> None:
    with server(tmp_path, "--model", "specimen") as (process, url):
        assert httpx.get(f"{url}api/health").json()["model"] is None
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=5)
    assert time.monotonic() - asked < 3.5
    assert (process.returncode, said) == (0, "Stopped.\n")


def test_ctrl_c_while_torch_is_imported_ends_at_once_and_in_one_line(tmp_path: Path) -> None:
    code = """if True:
        import os, signal, sys
        from importlib.abc import MetaPathFinder
        from microscope.cli import app
        class CtrlC(MetaPathFinder):
            def find_spec(self, name, path, target=None):
                if name == "torch":
                    os.kill(os.getpid(), signal.SIGINT)
        sys.meta_path.insert(0, CtrlC())
        app(["ui", "--port", "0", "--no-browser", "--home", sys.argv[1]])
    """
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "Stopped.\n")


def test_the_printed_address_carries_the_token_and_nothing_else_opens(
    tmp_path: Path, tiny_folder: Callable[[str], Path]
) -> None:
    model = str(tiny_folder("gpt2"))
    words = ("ui", "--port", "0", "--no-browser", "--host", "0.0.0.0", "--model", model)
    with program(tmp_path, *words, MICROSCOPE_TOKEN="secret") as process:
        base, _, token = process.address().partition("?token=")
        assert token == "secret"
        assert httpx.get(f"{base}api/health").status_code == 401
        assert httpx.get(f"{base}api/health", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_a_taken_port_is_named_with_the_next_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} is taken.*--port {port + 1}, or make run PORT={port + 1}"):
            bind("127.0.0.1", port)


def test_a_foreign_address_is_refused() -> None:
    with pytest.raises(Invalid, match="not an address of this machine"):
        bind("192.0.2.1", 0)
    with pytest.raises(Invalid, match="is no address"):
        bind("no.such.name.invalid", 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "lab.example.org"])
def test_off_loopback_a_token_is_needed(host: str) -> None:
    with pytest.raises(Denied, match="MICROSCOPE_TOKEN"):
        check_exposure(Settings(host=host))
    check_exposure(Settings(host=host, token="secret"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_none_is(host: str) -> None:
    check_exposure(Settings(host=host, token=""))


def test_the_address_can_be_opened() -> None:
    assert address(Settings(), 8000) == "http://127.0.0.1:8000/"
    assert address(Settings(host="::1"), 8000) == "http://[::1]:8000/"
    assert address(Settings(host="0.0.0.0", token="a b"), 80) == "http://127.0.0.1:80/?token=a%20b"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_page_is_told_by_the_address_of_the_server_that_is_up(
    tmp_path: Path, tiny_folder: Callable[[str], Path], sign: signal.Signals
) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home, port=8000)
    nowhere = f"/features?sae=a  (see it: microscope ui --home {home})"
    assert page(settings, "/features?sae=a") == nowhere
    words = ("ui", "--port", "0", "--no-browser", "--model", str(tiny_folder("gpt2")))
    with program(tmp_path, *words, MICROSCOPE_TOKEN="secret") as process:
        url = process.address()
        assert page(settings, "/features?sae=a") == f"{url.split('/?')[0]}/features?sae=a"
        (file,) = (home / "serving").iterdir()
        assert "secret" not in file.read_text()
        process.signal(sign)
        process.process.join(5)
        assert not process.process.is_alive()
        assert file.exists() == (sign == signal.SIGKILL)
    assert page(settings, "/features?sae=a") == nowhere


def test_of_the_home_that_everybody_has_only_the_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MICROSCOPE_HOME", raising=False)
    assert page(Settings(), "/lens") == "/lens  (see it: microscope ui)"


def test_the_terminal_prints_what_the_route_answers(tmp_path: Path, tiny_folder: Callable[[str], Path]) -> None:
    model = str(tiny_folder("gpt2"))
    with program(tmp_path, "ui", "--port", "0", "--no-browser", "--model", model) as process:
        url = process.address()
        for _ in range(100):
            if httpx.get(f"{url}api/health").json()["model"]:
                break
            time.sleep(0.2)
        answered = httpx.post(f"{url}api/lens", json={"text": "The cat", "k": 2}).json()
    printed = CliRunner().invoke(
        app, ["lens", "The cat", "-k", "2", "--json", "--model", model, "--home", str(tmp_path / "home")]
    )
    assert json.loads(printed.stdout) == answered
