"""Processes of the program that know the tests' family `count`: workers, servers, runs, scripts, whatever is typed.

They are forked from one that has imported this module, so that only one of them all waits for torch.
"""

from __future__ import annotations

import os
import runpy
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tests.services.run_families import Count

from microscope.cli import app
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

    def address(self) -> str:
        """Of the server that it is, once it says so."""
        end = time.monotonic() + 120
        while "Microscope is at" not in (text := self.file.read_text()):
            assert self.process.is_alive(), text
            assert time.monotonic() < end, text
            time.sleep(0.02)
        return text.split("Microscope is at ")[1].split()[0]

    def said(self, code: int = 0, within_s: float = 120) -> str:
        """All of it, once it has ended by itself, with this code."""
        self.process.join(within_s)
        assert self.process.exitcode == code, self.file.read_text()
        return self.file.read_text()

    def killed(self) -> None:
        self.process.kill()
        self.process.join(20)


def program(folder: Path, *words: str, **environment: str) -> AbstractContextManager[Started]:
    """`microscope` and these words, typed in a folder, its home beside what it says; no other settings from outside."""
    return started(folder, _program, folder, words, {"MICROSCOPE_HOME": str(folder / "home"), **environment})


def script(file: Path, cwd: Path, **environment: str) -> AbstractContextManager[Started]:
    """`python file` in a folder; no settings from outside but these."""
    return started(file.parent, _script, file, cwd, environment)


def worker(home: Path, database_url: str, *, drain: bool = False) -> AbstractContextManager[Started]:
    """`microscope worker`."""
    return started(home.parent, _work, Settings(home=home, database_url=database_url, device="cpu"), drain)


def server(home: Path, database_url: str, model: Path) -> AbstractContextManager[Started]:
    """`microscope ui`."""
    settings = Settings(home=home, database_url=database_url, device="cpu", model=str(model), port=0)
    return started(home.parent, _serve, settings)


def foreground(home: Path, count: Count) -> AbstractContextManager[Started]:
    """`microscope run`."""
    return started(home.parent, _run, Settings(home=home, device="cpu"), count)


@contextmanager
def started(folder: Path, what: Callable[..., None], *args: Any) -> Generator[Started]:
    """A module's function in a process of its own, killed in the end; what it prints goes to a file in the folder."""
    file = folder / f"said-{len(list(folder.glob('said-*')))}.txt"
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
    for name in [name for name in os.environ if name.startswith("MICROSCOPE_")]:
        del os.environ[name]
    what(*args)


def _program(folder: Path, words: tuple[str, ...], environment: dict[str, str]) -> None:
    _settle(folder, environment)
    app(list(words), prog_name="microscope")


def _script(file: Path, cwd: Path, environment: dict[str, str]) -> None:
    _settle(cwd, environment)
    runpy.run_path(str(file), run_name="__main__")


def _settle(folder: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    os.chdir(folder)


def _work(settings: Settings, drain: bool) -> None:
    work(settings, once=False, drain=drain)


def _serve(settings: Settings) -> None:
    serve(settings, open_browser=False)


def _run(settings: Settings, count: Count) -> None:
    run_here(count, settings)
