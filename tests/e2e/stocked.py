"""A home folder with more in it than anybody would make by hand: ten thousand runs, and a million features."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.database import RunRecord, RunTag
from tests.services.dictionaries import generated, keep

N_RUNS, N_FEATURES = 10_000, 1_000_000
DAY_S = 86_400
LAST = 1_790_000_000
"""When the last of the runs was made, 2026-09-21; each is an hour after the one before."""

FAMILIES = ("record_activations", "train_sae", "evaluate_sae", "harvest")
STATUSES = ("succeeded", "failed", "cancelled")

LARGE = "large"
"""Slug of the dictionary."""


def run_rows() -> list[dict[str, Any]]:
    """Runs that have ended, the newest first; their number is in their name."""
    draw = random.Random(0)
    rows: list[dict[str, Any]] = []
    for number in range(N_RUNS):
        family, created = draw.choice(FAMILIES), LAST - 3600.0 * number
        rows.append(
            {
                "id": f"{family}-{number:05}", "family": family, "name": f"run {number:05}",
                "status": draw.choice(STATUSES), "priority": 0, "position": number,
                "spec": {"kind": family, "sae": f"sae_layer_{number % 12}"}, "spec_sha256": f"{number:064}",
                "words": f"{family}-{number:05} run {number:05} sae_layer_{number % 12}", "evidence": "control",
                "created": created, "started": created + 1, "ended": created + 61, "attempts": 1, "interruptions": 0,
                "beats": 0, "headline": {"fvu": number / N_RUNS}, "changed": 0,
            }
        )  # fmt: skip
    return rows


def features() -> dict[str, Any]:
    """Columns of the dictionary's table."""
    return generated(N_FEATURES)


def stock(home: Path) -> None:
    """Before the server starts: runs, the tag `odd` on every other one, and the dictionary."""
    lab = Lab.open(Settings(home=home))
    rows = run_rows()
    with lab.database.begin() as connection:
        connection.execute(insert(RunRecord), rows)
        connection.execute(insert(RunTag), [{"run": row["id"], "tag": "odd"} for row in rows[1::2]])
    keep(lab.folder, LARGE, features())
    lab.device.close()
    lab.database.dispose()
