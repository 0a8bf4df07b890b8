"""From the command to the first usable page, and to the help text."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from microscope.engine.weights import BUNDLED
from tests.benchmarks.harness import Line, Variant, spread, take_turns
from tests.benchmarks.shapes import XS, Shape, open_shape
from tests.conftest import tiny_tokenizer

AFTER_IMPORTS_S, HELP_S = 3.0, 0.5
HELP, IMPORTS, PAGE = "microscope --help", "imports of the server", "start to the first usable page"


def measure(rounds: int = 5, shape: Shape = XS) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        model = _bundled() or _saved(shape, Path(folder) / "model")
        turns = take_turns(
            [
                Variant(HELP, lambda: _run("-m", "microscope", "--help")),
                Variant(IMPORTS, lambda: _run("-c", "import transformers.models.gpt2, microscope.cli.server")),
                Variant(PAGE, lambda: start(model, Path(folder) / "home")),
            ],
            rounds,
        )
    what = "the bundled model" if _bundled() else f"a model of shape {shape.name}"
    after = [page - imports for page, imports in zip(turns.of(PAGE), turns.of(IMPORTS), strict=True)]
    return [
        Line(HELP, spread(turns.of(HELP)), HELP_S, unit="s"),
        Line(IMPORTS, spread(turns.of(IMPORTS)), unit="s"),
        Line(f"{PAGE}, {what}, after imports", spread(after), AFTER_IMPORTS_S, unit="s"),
    ]


def _bundled() -> str | None:
    """The bundled model, where it has been trained."""
    return "specimen" if (BUNDLED["specimen"] / "config.json").exists() else None


def _saved(shape: Shape, folder: Path) -> str:
    open_shape(shape).hf.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def start(model: str, home: Path, timeout_s: float = 60.0) -> str:
    """Start the server and wait until its page is served and its model answers; returns the page."""
    command = ["ui", "--model", model, "--port", "0", "--no-browser", "--home", str(home)]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "microscope", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        return _first_page(process, timeout_s)
    finally:
        process.terminate()
        process.wait()


def _first_page(process: subprocess.Popen[str], timeout_s: float) -> str:
    url = _printed_url(process)
    end = time.monotonic() + timeout_s
    with httpx.Client(base_url=url, trust_env=False) as client:
        while client.get("/api/model_info").status_code != 200:
            assert time.monotonic() < end, f"no model after {timeout_s} s"
            time.sleep(0.02)
        page = client.get("/")
    assert page.status_code == 200, f"the page answers {page.status_code}; build it: make install"
    return page.text


def _printed_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None, "its output is piped"
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://[\w.:]+", line):
            return found.group()
    raise RuntimeError(f"the server ended without an address:\n{said}")
