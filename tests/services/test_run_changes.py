"""Every action in every state, on a database."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from microscope.services.run_changes import CHANGES, Action, act
from microscope.store import queue, runs
from microscope.store.database import RunRecord, open_database

STATES = ("planned", "paused", "running", "running pause", "running cancel", "succeeded", "failed", "cancelled")
"""Of a run that is worked on also what its worker has been asked for."""

BECOMES: dict[Action, dict[str, str]] = {
    "pause": {"planned": "paused", "running": "running pause", "running pause": "running pause"},
    "resume": {"paused": "planned", "running": "running", "running pause": "running"},
    "cancel": {
        "planned": "cancelled",
        "paused": "cancelled",
        "running": "running cancel",
        "running pause": "running cancel",
        "running cancel": "running cancel",
    },
    "requeue": {"failed": "planned", "cancelled": "planned"},
}
"""What is not here is refused."""


@pytest.fixture
def database(tmp_path: Path) -> Generator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    yield engine
    engine.dispose()


def plan(database: Engine, id: str, state: str, **columns: Any) -> str:
    status, _, asking = state.partition(" ")
    row: dict[str, Any] = {
        "id": id, "family": "count", "name": "", "status": status, "asking": asking or None, "priority": 0,
        "spec": {"kind": "count"}, "spec_sha256": "0", "words": id, "evidence": "control", "created": 1.0,
        "headline": {}, "attempts": 1, "interruptions": 0, "beats": 0, **columns,
    }  # fmt: skip
    assert runs.add(database, row, ())
    return id


def found(database: Engine, id: str) -> RunRecord:
    record = runs.find(database, id)
    assert record is not None
    return record


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", list(CHANGES))
def test_an_action_makes_of_a_state_what_the_table_says(database: Engine, action: Action, state: str) -> None:
    id = plan(database, "one", state)
    expected = BECOMES[action].get(state)
    assert act(database, id, action, now=7.0) == (expected is not None)
    record = found(database, id)
    assert " ".join(filter(None, [record.status, record.asking])) == (expected or state)
    assert record.ended == (7.0 if expected == "cancelled" else None)


def test_what_is_queued_once_more_has_come_to_nothing(database: Engine) -> None:
    before = {"headline": {"fvu": 0.1}, "progress": {"done": 9, "of": 9}, "ended": 3.0, "interruptions": 1}
    id = plan(database, "one", "failed", **before)
    assert act(database, id, "requeue", now=7.0)
    assert act(database, id, "cancel", now=8.0)
    record = found(database, id)
    assert (record.status, record.headline, record.progress, record.ended) == ("cancelled", {}, None, 8.0)


def test_a_cancel_that_is_pending_reaches_the_worker_whatever_is_pressed_after_it(database: Engine) -> None:
    id = plan(database, "one", "planned")
    claim = queue.claim(database, id, "here:1", "place/1/0", 5.0)
    assert claim is not None
    assert act(database, id, "pause", now=6.0)
    assert act(database, id, "cancel", now=6.0)
    assert not act(database, id, "resume", now=6.0)
    assert not act(database, id, "pause", now=6.0)
    assert queue.asked(database, id, claim) == (True, "cancel")
