"""A terminal of one's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from microscope.cli import app


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder and with a home of its own, on the CPU, and no settings from outside."""
    for name in os.environ:
        if name.startswith("MICROSCOPE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MICROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MICROSCOPE_DEVICE", "cpu")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(alone: None) -> Callable[..., Result]:  # noqa: ARG001 - it is where the command runs
    """`run("saes")`"""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])
