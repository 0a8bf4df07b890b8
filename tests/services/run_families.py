"""Families that tests run: they count, and say what they do."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import torch

from microscope.errors import Invalid
from microscope.families.base import Bench, Checkpoint, Event, Family, Made, ModelWish, Progress, Result, Rows, Say
from microscope.lab import Lab
from microscope.wire.run_files import ChartSpec
from microscope.wire.run_queue import Way
from microscope.wire.runs import Evidence

STEPS: list[int] = []
"""Every number that was counted in this process."""


class Count(Family, frozen=True):
    """Counts to a number and keeps the sum.

    With every number a row.
    """

    kind: Literal["count"] = "count"
    evidence: ClassVar[Evidence] = "control"
    title: ClassVar[str] = "Count"
    resumable: ClassVar[bool] = True

    to: int = 10
    """The last number."""

    every: int = 4
    """Numbers between two checkpoints; 0 writes none but where it is asked for one."""

    fails_at: int = -1
    """The number at which it fails, the first time."""

    step_s: float = 0.0
    """Work for each number, in seconds."""

    ballast: int = 0
    """Floats that its checkpoints carry along."""

    seed: int = 0
    label: str = ""
    model: str | None = None
    given: str = ""
    """A file that it says it reads."""

    sae: str = ""
    """Where one lies that it says it made."""

    def models(self) -> tuple[ModelWish, ...]:
        return () if self.model is None else (ModelWish(self.model),)

    def check(self, lab: Lab) -> tuple[str, ...]:  # noqa: ARG002 - the signature of all families
        if self.to < 0:
            raise Invalid(f"to is {self.to}; expected 0 or more.", next="Count upwards.")
        return (f"Counts to {self.to}.", "Warning: it is slow.")

    def ways(self, lab: Lab) -> tuple[Way, ...]:  # noqa: ARG002 - the signature of all families
        return tuple(Way(says=f"Count to {to}", fields={"to": to}) for to in (1, -2))

    def run(self, bench: Bench) -> Iterator[Event]:
        given = Path(self.given).read_bytes() if self.given else b""
        yield bench.reads({"given": {"sha256": hashlib.sha256(given).hexdigest()}})
        first, total = 0, torch.zeros(1, dtype=torch.float64)
        if bench.resume is not None:
            first, total = int(str(bench.resume.state["next"])), bench.resume.tensors["total"].clone()
            yield Say(f"Goes on at {first}.")
        for number in range(first, self.to):
            time.sleep(self.step_s)
            STEPS.append(number)
            if number == self.fails_at and bench.resume is None:
                raise ZeroDivisionError("it was to fail")
            total += number
            yield Rows("numbers", {"n": [number], "square": [number**2]})
            yield Progress(number + 1, of=self.to, unit="numbers", metrics={"total": total.item()})
            if bench.stopping.is_set() or (self.every and (number + 1) % self.every == 0):
                yield Checkpoint({"total": total, "ballast": torch.zeros(self.ballast)}, {"next": number + 1})
        yield Result(
            metrics={"total": total.item(), "nothing": float("nan")},
            headline=("total", "nothing"),
            charts=(ChartSpec(kind="line", title="Squares", table="numbers", x="n", y="square"),),
            made=(Made("sae", Path(self.sae)),) if self.sae else (),
        )
