"""Sweeps as a page asks for them, over the runs that there are."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.families.synthetic import record, sums
from tests.services.run_families import Count

from microscope.errors import Invalid
from microscope.families import families
from microscope.lab import Lab
from microscope.services.planning import Planning
from microscope.services.runs import Runs, Which
from microscope.services.sweep_children import read_axis
from microscope.services.sweeping import Sweeping
from microscope.services.sweeps import children_of, standings
from microscope.settings import Settings
from microscope.store import runs as rows
from microscope.wire.sweeps import NewSweep, SweepOnly

COUNT: dict[str, Any] = {"kind": "count"}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Lab]:
    monkeypatch.setitem(families(), "count", Count)
    lab = Lab.open(Settings(home=tmp_path / "home", device="cpu"))
    yield lab
    asyncio.run(lab.close())


@pytest.fixture
def listed(lab: Lab) -> Runs:
    return Runs(lab.database, lab.folder)


@pytest.fixture
def sweeping(lab: Lab, listed: Runs) -> Sweeping:
    return Sweeping(lab, Planning(lab, listed))


def test_the_number_of_runs_is_said_before_any_is_queued(sweeping: Sweeping, listed: Runs) -> None:
    plan = sweeping.preflight(SweepOnly(spec=COUNT, axes=("seed=1,2,3", "to=4,5")))
    assert (plan.total, plan.new, len(plan.children)) == (6, 6, 6)
    assert [child.at for child in plan.children][:2] == [{"seed": 1, "to": 4}, {"seed": 1, "to": 5}]
    assert plan.says == ("Counts to 4.", "Warning: it is slow.")
    assert listed.list(Which()).total == 0


def test_what_is_queued_is_what_was_said_in_the_order_of_the_axes(sweeping: Sweeping, listed: Runs) -> None:
    asked = NewSweep(spec=COUNT, axes=("seed=1,2",), tag="seeds", tags=("mine",), priority=3, hold=True)
    plan, done = sweeping.preflight(SweepOnly(spec=COUNT, axes=asked.axes)), sweeping.submit(asked)
    assert (done.tag, done.queued, done.total) == ("seeds", 2, 2)
    held = listed.queue().held
    assert [row.name for row in held] == [child.name for child in plan.children]
    assert [row.asked for row in held] == ["seed 1", "seed 2"]
    assert {(row.priority, row.tags) for row in held} == {(3, ("mine", "seeds"))}


def test_a_child_that_has_a_run_is_queued_once_more_only_where_that_came_to_nothing(
    sweeping: Sweeping, listed: Runs, lab: Lab
) -> None:
    first = sweeping.submit(NewSweep(spec=COUNT, axes=("seed=1,2,3",)))
    one, two, _ = (row.id for row in listed.queue().planned)
    rows.change(lab.database, one, status="succeeded")
    rows.change(lab.database, two, status="failed")
    again = NewSweep(spec=COUNT, axes=("seed=1,2,3,4",))
    plan = sweeping.preflight(SweepOnly(spec=COUNT, axes=again.axes))
    assert [child.status for child in plan.children] == ["succeeded", "failed", "planned", None]
    assert (plan.total, plan.new, plan.says) == (4, 2, ())
    assert sweeping.submit(again).queued == 2
    assert sweeping.submit(again).queued == 0
    assert first.tag != sweeping.submit(again).tag
    assert listed.list(Which(tag=first.tag)).total == 3


def test_the_children_are_those_of_the_command_line(sweeping: Sweeping, lab: Lab, listed: Runs, tmp_path: Path) -> None:
    recording = record(tmp_path / "a.parquet", sums(256))
    spec: dict[str, Any] = {
        "kind": "train_sae",
        "activations": [str(recording)],
        "d_sae": 32,
        "out": str(tmp_path / "saes"),
    }
    axes = ("seed=1,2", "architecture={kind: topk, k: 3},{kind: relu}")
    sweeping.submit(NewSweep(spec=spec, axes=axes))
    base = tmp_path / "base.yaml"
    base.write_text("\n".join(f"{name}: {value}" for name, value in spec.items()))
    children = children_of(lab.settings, base, [read_axis(axis) for axis in axes])
    assert [child.name for child in children] == [row.name for row in listed.queue().planned]
    assert {at.status for at in standings(lab.settings, children).values()} == {"planned"}


def test_children_of_a_training_without_a_place_get_one_each_in_the_library(
    sweeping: Sweeping, listed: Runs, lab: Lab, tmp_path: Path
) -> None:
    recording = record(tmp_path / "a.parquet", sums(256))
    spec: dict[str, Any] = {
        "kind": "train_sae",
        "activations": [str(recording)],
        "d_sae": 32,
        "architecture": {"kind": "topk"},
    }
    sweeping.submit(NewSweep(spec=spec, axes=("seed=1,2", "architecture.k=2")))
    for row in listed.queue().planned:
        assert listed.get(row.id).spec["out"] == str(lab.folder.path(f"saes/{row.name}"))


def test_one_that_cannot_work_keeps_back_all_and_is_named(sweeping: Sweeping, listed: Runs) -> None:
    for ask in (sweeping.preflight, lambda sweep: sweeping.submit(NewSweep(**dict(sweep)))):
        with pytest.raises(Invalid) as told:
            ask(SweepOnly(spec=COUNT, axes=("to=1,-1",)))
        assert "({'to': -1}): to is -1; expected 0 or more." in told.value.error
        with pytest.raises(Invalid, match="no field 'colour'"):
            ask(SweepOnly(spec=COUNT, axes=("colour=1,2",)))
        with pytest.raises(ValidationError):
            ask(SweepOnly(spec=COUNT, axes=("to=few",)))
    assert listed.list(Which()).total == 0
