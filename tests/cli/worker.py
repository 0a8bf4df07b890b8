"""A worker in a process of its own that knows the tests' family `count`: `python worker.py HOME [DATABASE_URL]`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.services.run_families import Count

from microscope.cli.working import work
from microscope.families import families
from microscope.settings import Settings

families()["count"] = Count
home, database_url = sys.argv[1:3]
work(Settings(home=Path(home), database_url=database_url, device="cpu"), once=False, drain="--drain" in sys.argv)
