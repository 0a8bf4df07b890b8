"""A worker in a process of its own that knows the tests' family `count`.

The processes are forked from one that has imported this module, so that only one of them all waits for torch.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from tests.services.run_families import Count

from microscope.cli.working import work
from microscope.families import families
from microscope.settings import Settings

torch.set_num_threads(1)
families()  # Imported once for all that are forked.


def main(home: Path, database_url: str, said: Path, drain: bool) -> None:
    """As `microscope worker` does it.

    Args:
        said: file for what it prints.
    """
    with said.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    families()["count"] = Count
    work(Settings(home=home, database_url=database_url, device="cpu"), once=False, drain=drain)
