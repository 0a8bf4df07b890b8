"""What `pip install .` gives in a clean environment: the command, the pages, the bundled model."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BUNDLED = ROOT / "backend/microscope/bundled/model"
SAES = ROOT / "sae_checkpoints"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def microscope(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment that holds nothing but what the wheel asks for."""
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    # Without pip in it, and compiled as it is imported: neither is the wheel's, and both take longer than the rest.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder)]
    install = [*pip, "install", "--quiet", "--no-compile", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([*install, "torch"], check=True, timeout=900)
    subprocess.run([*install, str(wheel)], check=True, timeout=900)
    return folder / "bin/microscope"


def test_the_wheel_carries_the_pages_the_migrations_and_the_model(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "microscope/static/index.html" in names
    assert "microscope/store/migrations/versions/0001_conversations.py" in names
    assert not [name for name in names if name.startswith("tests/") or name.endswith(".ts")]
    for file in BUNDLED.rglob("*"):
        if file.is_file():
            assert f"microscope/bundled/model/{file.relative_to(BUNDLED)}" in names
    shipped = [SAES / name for name in json.loads((SAES / "shipped.json").read_text())]
    files = [SAES / "README.md", SAES / "shipped.json", *(file for one in shipped for file in one.iterdir())]
    saes = {f"microscope/bundled/saes/{file.relative_to(SAES)}" for file in files}
    assert {name for name in names if name.startswith("microscope/bundled/saes/")} == saes
    assert "microscope/bundled/experiments/polysemanticity.yaml" in names


@pytest.fixture
def server(microscope: Path, tmp_path: Path, tiny_folder: Callable[[str], Path]) -> Iterator[str]:
    """Without a `--model` where the package has its own, else on a tiny random one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = [] if BUNDLED.exists() else ["--model", str(tiny_folder("gpt2"))]
    command = [str(microscope), "ui", "--port", str(port), "--no-browser", "--home", str(tmp_path), *model]
    # From another folder and without our PYTHONPATH: nothing but what was installed may be found.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    process.wait(30)


def get(address: str) -> str:
    """The body, as soon as the server is up."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            if refused.code != 404:
                raise
        except OSError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"no answer from {address}")


def test_the_installed_command_serves_the_pages_and_a_model(server: str) -> None:
    assert '<div id="root">' in get(f"{server}/chat")
    info = json.loads(get(f"{server}/api/model_info"))
    assert info["parity"]["ok"]
    assert (info["slug"] == "specimen") == BUNDLED.exists()
    question = json.dumps({"text": "What is the capital of France?"}).encode()
    request = urllib.request.Request(f"{server}/api/chat", question, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["tokens"]
