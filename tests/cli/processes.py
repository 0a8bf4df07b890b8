"""Processes of the program that know the tests' family `count`: workers, servers, runs in the foreground.

They are forked from one that has imported this module, so that only one of them all waits for torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tests.services.run_families import Count

from microscope.cli.running import run_here
from microscope.cli.server import serve
from microscope.cli.working import work
from microscope.families import families
from microscope.settings import Settings

torch.set_num_threads(1)
families()  # Imported once for all that are forked.

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.cli.processes"])


class Started(NamedTuple):
    """A process, and where what it prints is kept."""

    process: ForkServerProcess
    file: Path

    def signal(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def said(self, code: int = 0) -> str:
        """All of it, once it has ended by itself, with this code."""
        self.process.join(120)
        assert self.process.exitcode == code, self.file.read_text()
        return self.file.read_text()

    def killed(self) -> None:
        self.process.kill()
        self.process.join(20)


def worker(home: Path, database_url: str, *, drain: bool = False) -> AbstractContextManager[Started]:
    """`microscope worker`."""
    return _started(home, _work, Settings(home=home, database_url=database_url, device="cpu"), drain)


def server(home: Path, database_url: str, model: Path) -> AbstractContextManager[Started]:
    """`microscope ui`."""
    settings = Settings(home=home, database_url=database_url, device="cpu", model=str(model), port=0)
    return _started(home, _serve, settings)


def foreground(home: Path, count: Count) -> AbstractContextManager[Started]:
    """`microscope run`."""
    return _started(home, _run, Settings(home=home, device="cpu"), count)


@contextmanager
def _started(home: Path, what: Callable[..., None], *args: Any) -> Generator[Started]:
    file = home.parent / f"said-{len(list(home.parent.glob('said-*')))}.txt"
    file.touch()
    process = FORKS.Process(target=_main, args=(file, what, *args))
    process.start()
    try:
        yield Started(process, file)
    finally:
        process.kill()
        process.join(20)
        process.close()


def _main(said: Path, what: Callable[..., None], *args: Any) -> None:
    with said.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    families()["count"] = Count
    what(*args)


def _work(settings: Settings, drain: bool) -> None:
    work(settings, once=False, drain=drain)


def _serve(settings: Settings) -> None:
    serve(settings, open_browser=False)


def _run(settings: Settings, count: Count) -> None:
    run_here(count, settings)
