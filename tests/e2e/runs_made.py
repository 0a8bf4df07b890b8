"""Runs of every outcome on the walks' model, made by a server without a browser."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.serving import Server, until

RUN_S = 90
ENDED = ("succeeded", "failed", "cancelled")
WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "to", "see", "who", "was", "there")


class MadeRuns(NamedTuple):
    """Ids, and what they were made of."""

    recorded: str
    trained: str
    """Of 64 features, in 30 steps, on what was recorded."""

    failed: str
    """A recording of a file whose last line is no JSON."""

    texts: Path
    recording: Path
    folder: Path
    """Where walks may write."""

    def training(self, out: str, **changes: Any) -> dict[str, Any]:
        """A spec of a small training that writes below the folder."""
        small = {"d_sae": 64, "architecture": {"kind": "topk", "k": 4}, "steps": 30, "batch_rows": 64}
        return {
            "kind": "train_sae", "activations": [str(self.recording)], "out": str(self.folder / out), **small, **changes
        }  # fmt: skip


def submit(server: Server, spec: dict[str, Any], *, name: str = "", hold: bool = False, priority: int = 0) -> str:
    """Id of a run that is in the queue."""
    id: str = server.post("/api/runs", spec=spec, name=name, hold=hold, priority=priority)["id"]
    return id


def ended(server: Server, id: str) -> Any:
    """The run, when nobody works on it any more."""
    until(lambda: server.get(f"/api/runs/{id}")["row"]["status"] in ENDED, RUN_S, f"{id} ends")
    return server.get(f"/api/runs/{id}")


def make_runs(server: Server, folder: Path) -> MadeRuns:
    """A recording, a training on it, and a recording that fails."""
    draw = random.Random(0)
    texts, torn, recording = folder / "texts.txt", folder / "torn.jsonl", folder / "activations.parquet"
    texts.write_text("\n\n".join(" ".join(draw.choices(WORDS, k=40)) + "." for _ in range(60)))
    torn.write_text(
        "".join(json.dumps({"text": "the cat sat on the mat"}) + "\n" for _ in range(100)) + '{"text": "the'
    )
    read = {"kind": "record_activations", "model": str(server.model), "layers": [2], "max_tokens": 2_000}
    made = MadeRuns("", "", "", texts, recording, folder)
    specs = (
        ("recorded", {**read, "dataset": str(texts), "out": str(recording)}, "succeeded"),
        ("trained", made.training("saes"), "succeeded"),
        ("failed", {**read, "dataset": str(torn), "out": str(folder / "torn.parquet")}, "failed"),
    )
    for name, spec, wanted in specs:
        run = ended(server, submit(server, spec, name=name))
        assert run["row"]["status"] == wanted, run["row"]
        made = made._replace(**{name: run["row"]["id"]})
    return made
