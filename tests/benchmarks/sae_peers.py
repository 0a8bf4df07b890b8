"""TopK training against SAELens, dictionary_learning and sparsify, and what SAELens makes of an SAE exported to it.

The others run in `.venv-peers` (`make bench` builds it); each is a child process on the same core that trains on the
same batches, a step at a time and in turns. Times are of the processor. What a step is worth is measured by itself: at
a smaller size and after the same number of steps, ours must explain held-out rows at least as well as each of theirs.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np
import torch

from microscope.core.saes import read_architecture
from microscope.core.saes.base import Architecture, Sae, Spec
from microscope.core.saes.matching_pursuit import MatchingPursuit
from microscope.core.saes.plan import Plan
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.training import Trainer
from microscope.store.checkpoints import write_sae
from tests.benchmarks.harness import Line, exactly, on_cores, say, spread
from tests.benchmarks.sae_training import SAME, Ours, Size, fvu, rows_of

PYTHON = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"
SCRIPT = Path(__file__).with_name("peer_saes.py")

SPEED = Size()
QUALITY = Size(d_in=192, d_sae=2_048, k=32, batch=1_024)
QUALITY_STEPS = 300
LEARNING_RATE = 1e-3


class Peer(NamedTuple):
    """Another tool, and how many of our steps one of its is to take at least."""

    tool: str
    name: str
    target: float | None


PEERS = (
    Peer("saelens", "SAELens", 6.0),
    Peer("saelens_bf16", "SAELens with bfloat16 autocast", None),
    Peer("dictionary_learning", "dictionary_learning", 5.0),
    Peer("sparsify", "sparsify", 1.6),
)


class Child:
    """`peer_saes.py` with one of the tools in it."""

    def __init__(self, process: subprocess.Popen[str], complaints: IO[str]) -> None:
        self._process = process
        self._complaints = complaints

    def ask(self, do: str, **wish: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **wish}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the peer ended at {do!r}: {self._last_words()}"
        return json.loads(line)

    def _last_words(self) -> str:
        self._process.wait()
        self._complaints.seek(0)
        return "".join(self._complaints.readlines()[-5:])


@contextmanager
def child() -> Generator[Child]:
    # -P: this folder's own modules have names that theirs have too.
    command = [PYTHON, "-P", SCRIPT]
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        yield Child(process, complaints)
        assert process.stdin is not None
        process.stdin.close()


def training(rounds: int = 5) -> list[Line]:
    """Seconds of a step against ours; then the held-out error after the same steps."""
    if not PYTHON.exists():
        say("left out: there is no .venv-peers; make bench builds it")
        return []
    return on_cores(1, _speed, rounds) + on_cores(1, _quality)


def _speed(rounds: int) -> list[Line]:
    ratios: dict[str, list[float]] = {peer.tool: [] for peer in PEERS}
    batches = rows_of(SPEED, rounds + 1, seed=0)
    ours = Ours(SPEED, batches[0], "bfloat16")
    with TemporaryDirectory() as folder, ExitStack() as open_children:
        rows = _saved(Path(folder) / "rows.npy", batches)
        children = {peer.tool: open_children.enter_context(child()) for peer in PEERS}
        for tool, one in children.items():
            one.ask("open", tool=tool, rows=rows, **_wish(SPEED, steps=1000, decay=0.0))
        for round, batch in enumerate(batches):
            start = time.process_time()
            ours.step(batch)
            mine = time.process_time() - start
            theirs = {tool: float(one.ask("steps", n=1)["seconds"]) for tool, one in children.items()}
            say(f"round {round} of {rounds}: ours {mine:.2f} s · {theirs}")
            for tool, seconds in theirs.items():
                if round:  # The first one warms up.
                    ratios[tool].append(seconds / mine)
    where = f"d {SPEED.d_in}, {SPEED.d_sae:,} features, k {SPEED.k}, batch {SPEED.batch:,}"
    return [
        Line(
            f"a TopK step of {peer.name} against ours ({where})", spread(ratios[peer.tool]), peer.target, at_least=True
        )
        for peer in PEERS
    ]


def _quality() -> list[Line]:
    data = rows_of(QUALITY, QUALITY_STEPS + 4, seed=1)
    training_rows, held_out = data[:QUALITY_STEPS], torch.cat(data[QUALITY_STEPS:])
    spec = Ours(QUALITY, training_rows[0], "bfloat16").trainer.spec
    plan = Plan(steps=QUALITY_STEPS, learning_rate=LEARNING_RATE, warmup_steps=0, decay=0.3, precision="bfloat16")
    ours = Ours(QUALITY, training_rows[0], "bfloat16")
    ours.trainer = Trainer(spec, plan, training_rows[0])
    for rows in training_rows:
        ours.step(rows)
    mine = fvu(ours, held_out)
    lines: list[Line] = []
    with TemporaryDirectory() as folder:
        rows = _saved(Path(folder) / "rows.npy", training_rows)
        kept = _saved(Path(folder) / "held_out.npy", [held_out])
        for peer in PEERS:
            with child() as one:
                one.ask("open", tool=peer.tool, rows=rows, **_wish(QUALITY, steps=QUALITY_STEPS, decay=0.3))
                one.ask("steps", n=QUALITY_STEPS)
                theirs = float(one.ask("fvu", rows=kept)["fvu"])
            say(f"held-out FVU after {QUALITY_STEPS} steps: ours {mine:.4f}, {peer.name} {theirs:.4f}")
            what = f"our held-out FVU against that of {peer.name} after {QUALITY_STEPS} steps"
            lines.append(Line(what, exactly(mine / theirs), 1 + SAME))
    return lines


def _wish(size: Size, steps: int, decay: float) -> dict[str, Any]:
    shape = {"d_sae": size.d_sae, "k": size.k, "batch": size.batch}
    return {**shape, "steps": steps, "decay": decay, "lr": LEARNING_RATE, "threads": 1}


def _saved(path: Path, batches: list[torch.Tensor]) -> str:
    np.save(path, torch.cat(batches).numpy())
    return str(path)


TRAINED = ("relu", "topk", "jumprelu", "gated")
"""Kinds of architecture as they are kept; BatchTopK is kept as JumpReLU."""

READ_ONLY: tuple[Architecture, ...] = (
    MatchingPursuit(residual_threshold=0.5),
    Temporal(n_heads=2, n_attn_layers=2, bottleneck_factor=8, kval_topk=8, tied_weights=False),
)


def export() -> list[Line]:
    """Largest differences of activations and reconstruction, SAELens' own against ours, for SAEs that we exported."""
    if not PYTHON.exists():
        say("left out: there is no .venv-peers; make bench builds it")
        return []
    rows = torch.randn(64, 32, generator=torch.Generator().manual_seed(0))
    begun = [Trainer(_spec(read_architecture({"kind": kind})), Plan(), rows).sae() for kind in TRAINED]
    return [
        Line(
            f"SAELens reads an exported {sae.spec.architecture.kind} SAE: largest difference",
            exactly(_read(sae, rows)),
            1e-5,
            unit="",
        )
        for sae in [*begun, *map(_random, READ_ONLY)]
    ]


def _spec(architecture: Architecture) -> Spec:
    return Spec(architecture=architecture, d_in=32, d_sae=128, d_out=32, site="L1.resid_post")


def _random(architecture: Architecture) -> Sae:
    """Of one that is not trained here."""
    draw, spec = torch.Generator().manual_seed(1), _spec(architecture)
    sizes = {"W_dec": (128, 32), "W_enc": (32, 128), "b_dec": (32,), **architecture.own_shapes(128)}
    weights = {name: torch.randn(size, generator=draw) / 6 for name, size in sizes.items()}
    return Sae(spec, {**weights, "W_enc": weights["W_dec"].T} if architecture.tied else weights)


def _read(sae: Sae, rows: torch.Tensor) -> float:
    text = (len(rows),)
    with TemporaryDirectory() as folder, child() as one:
        written = write_sae(Path(folder) / "sae", sae)
        given = _saved(Path(folder) / "rows.npy", [rows])
        one.ask("load", folder=str(written), rows=given, out=f"{folder}/out.npz")
        theirs = np.load(f"{folder}/out.npz")
        acts, x_hat = sae.encode(rows, text).numpy(), sae.reconstruct(rows, text).numpy()
        return float(max(np.abs(acts - theirs["acts"]).max(), np.abs(x_hat - theirs["x_hat"]).max()))
