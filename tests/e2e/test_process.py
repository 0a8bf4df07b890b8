"""The program itself: what it says when it cannot do what was asked, and that it ends when it is told to."""

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
from websockets.sync.client import connect

import microscope
from tests.e2e.serving import START_S, Server, command, environment


def said(*arguments: str, **env: str) -> tuple[int, str]:
    """Exit status, and all that stood in the terminal."""
    ran = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=START_S, env=environment(**env), check=False
    )
    return ran.returncode, " ".join((ran.stdout + ran.stderr).split())


def test_a_taken_port_is_named_with_the_next_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, text = said("ui", "--port", str(port), "--no-browser", "--home", str(tmp_path))
    assert status != 0
    assert f"Port {port} is taken" in text
    assert f"--port {port + 1}" in text
    assert "Traceback" not in text


def test_a_hub_id_without_a_network_is_explained(tmp_path: Path) -> None:
    status, text = said("check", "--model", "Qwen/Qwen3-0.6B", "--home", str(tmp_path), HF_HOME=str(tmp_path / "hub"))
    assert status != 0
    assert "Qwen/Qwen3-0.6B" in text
    assert "HF_HUB_OFFLINE" in text or "network" in text
    assert "Traceback" not in text


def test_pages_that_are_not_built_are_named_with_the_command(tmp_path: Path, walk_model: Path) -> None:
    package = Path(microscope.__file__).parent
    shutil.copytree(
        package, tmp_path / "src/microscope", ignore=shutil.ignore_patterns("static", "model", "__pycache__")
    )
    server = Server(tmp_path / "home", walk_model, PYTHONPATH=str(tmp_path / "src"))
    try:
        page = httpx.get(server.url)
        assert "make install" in page.text
        assert "not built" in page.text
        assert "make install" in server.log.read_text()
        assert server.get("/api/model_info")["parity"]["ok"]
    finally:
        server.end()


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(
    server: Server, walk_model: Path, tmp_path: Path
) -> None:
    config = json.loads((walk_model / "config.json").read_text())
    width, layers = 65_536, 12
    (tmp_path / "config.json").write_text(json.dumps({**config, "n_embd": width, "n_layer": layers}))
    shutil.copy(walk_model / "tokenizer.json", tmp_path)
    shape = [layers * 12 * width, width]
    size = 4 * shape[0] * shape[1]
    header = json.dumps({"huge": {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}}).encode()
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)  # Sparse: it takes no room on the disk.
    answer = server.http.post("/api/load-model", json={"model": str(tmp_path)})
    problem = answer.json()
    assert answer.status_code >= 400
    assert "GB" in problem["error"]
    assert "MICROSCOPE_MODEL_BUDGET_BYTES" in problem["error"]
    assert "smaller" in problem["next"]
    assert server.get("/api/health")["model"] == "walk"


def test_ctrl_c_ends_it_in_three_seconds_while_a_socket_streams(walk_model: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "home", walk_model)
    id = server.conversation()
    with connect(f"ws://127.0.0.1:{server.port}/api/ws", max_size=None) as line:
        line.send(json.dumps({"type": "watch", "id": 1, "conversation": id}))
        sampling = {"max_new_tokens": 1900}
        line.send(json.dumps({"type": "send", "id": 2, "conversation": id, "text": "hi", "sampling": sampling}))
        while not isinstance(line.recv(), bytes):
            pass
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(30)
        took_s = time.monotonic() - began
    server.http.close()
    assert took_s < 3.5
    assert "Traceback" not in server.log.read_text()
