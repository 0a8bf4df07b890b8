"""What can be said of the container files without an engine to build them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from microscope.cli import app
from microscope.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def test_every_file_that_is_copied_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    for line in instructions("COPY"):
        if "--from=" not in line:
            for name in line.split()[:-1]:
                assert (ROOT / name).exists(), name
                assert name not in ignored


def test_the_pages_are_copied_from_where_the_build_writes_them() -> None:
    config = (ROOT / "frontend" / "vite.config.ts").read_text()
    assert 'outDir: "../backend/microscope/static"' in config
    assert any("/source/backend/microscope/static ./backend/microscope/static" in line for line in instructions("COPY"))


def test_the_command_is_one_that_the_program_understands() -> None:
    program, *words = json.loads(instructions("CMD")[0])
    assert program == "microscope"
    group: Any = get_command(app)
    verb, *options = words
    context = group.commands[verb].make_context(verb, options)
    assert context.params["host"] == "0.0.0.0"
    assert context.params["no_browser"]


def test_without_a_token_the_container_would_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROSCOPE_TOKEN", raising=False)
    answer = CliRunner().invoke(app, json.loads(instructions("CMD")[0])[1:])
    assert answer.exit_code == 1
    assert "needs a token" in answer.output


def test_it_runs_as_an_ordinary_user() -> None:
    assert instructions("USER") == ["microscope"]


def test_the_health_check_is_python_and_asks_with_the_token() -> None:
    program, flag, code = json.loads(DOCKERFILE.split("HEALTHCHECK ")[1].split("CMD ", 1)[1].split("\n")[0])
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert "MICROSCOPE_TOKEN" in code
    assert "/api/health" in code


def test_variables_of_the_containers_are_settings() -> None:
    named = {name for service in COMPOSE["services"].values() for name in service["environment"]}
    named |= set(re.findall(r"^ENV .*?(MICROSCOPE_\w+)=", DOCKERFILE, re.MULTILINE))
    ours = {name.removeprefix("MICROSCOPE_").lower() for name in named if name.startswith("MICROSCOPE_")}
    assert ours <= set(Settings.model_fields)


def test_services_build_from_this_dockerfile_and_publish_on_loopback_only() -> None:
    for service in COMPOSE["services"].values():
        assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert COMPOSE["services"]["gpu"]["profiles"] == ["gpu"]
    assert "profiles" not in COMPOSE["services"]["server"]


def test_build_arguments_are_the_dockerfiles() -> None:
    known = {line.split("=")[0] for line in instructions("ARG")}
    given = {name for service in COMPOSE["services"].values() for name in service["build"].get("args", {})}
    assert given <= known


def test_compose_reads_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    environment = {"MICROSCOPE_TOKEN": "x", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, env=environment, check=True)
