from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from microscope.store import queue, runs
from microscope.store.database import RunRecord, open_database
from microscope.store.queue import move, next_planned, places


@pytest.fixture
def database(database_url: str) -> Any:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def plan(database: Engine, id: str, priority: int = 0, **columns: Any) -> str:
    row: dict[str, Any] = {
        "id": id, "family": "count", "name": "", "status": "planned", "priority": priority, "spec": {"kind": "count"},
        "spec_sha256": "0", "words": id, "evidence": "control", "created": 1.0, "headline": {},
        "attempts": 0, "interruptions": 0, "beats": 0, **columns,
    }  # fmt: skip
    assert runs.add(database, row, ())
    return id


def found(database: Engine, id: str) -> RunRecord:
    record = runs.find(database, id)
    assert record is not None
    return record


def take(database: Engine, id: str) -> str | None:
    return queue.claim(database, id, "here:1", "place/1/0", 5.0)


def in_order(database: Engine) -> list[str]:
    """Ids as they would be claimed one after the other."""
    order = places(database)
    return sorted(order, key=lambda id: order[id])


def test_of_many_who_claim_at_once_one_wins(database: Engine) -> None:
    ids = [plan(database, f"run-{number}") for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        claims = list(threads.map(lambda id: (id, take(database, id)), [id for id in ids for _ in range(4)]))
    won = [id for id, claim in claims if claim is not None]
    assert sorted(won) == sorted(ids)
    assert {found(database, id).attempts for id in ids} == {1}
    assert next_planned(database) is None


def test_higher_priorities_come_first_then_who_came_first(database: Engine) -> None:
    for id, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)):
        plan(database, id, priority)
    taken: list[str] = []
    while (id := next_planned(database)) is not None:
        taken.append(id)
        assert take(database, id)
    assert taken == ["b", "d", "a", "c", "e"]


def test_moving_is_what_it_is_in_a_list(database: Engine) -> None:
    order, draw = [plan(database, f"run-{number:02}") for number in range(9)], random.Random(0)
    for _ in range(40):
        id, before = draw.sample(order, 2)
        assert move(database, id, before)
        order.remove(id)
        order.insert(order.index(before), id)
        assert in_order(database) == order
    order.append(plan(database, "late"))
    assert in_order(database) == order


def test_a_run_is_moved_among_planned_ones_of_its_priority_only(database: Engine) -> None:
    plan(database, "a")
    plan(database, "b", 1)
    plan(database, "c", status="paused")
    assert not move(database, "a", "b")
    assert not move(database, "a", "c")
    assert not move(database, "a", "nobody")


def test_no_run_is_moved_that_was_put_away_nor_in_front_of_one(database: Engine) -> None:
    for id in ("a", "b", "c"):
        plan(database, id)
    assert queue.turn(database, "b", ["planned"], deleted=1.0)
    assert not move(database, "c", "b")
    assert not move(database, "b", "a")
    assert in_order(database) == ["a", "c"]


def test_a_paused_queue_gives_nothing_away(database: Engine) -> None:
    plan(database, "a")
    queue.set_paused(database, True)
    assert next_planned(database) is None
    queue.set_paused(database, False)
    assert next_planned(database) == "a"


def test_a_worker_that_was_taken_for_dead_can_write_nothing_more(database: Engine) -> None:
    claim = take(database, plan(database, "a"))
    assert claim is not None
    assert queue.beat(database, "a", claim)
    assert queue.interrupt(database, found(database, "a"), 6.0) == "planned"
    assert not queue.beat(database, "a", claim)
    assert not queue.report(database, "a", claim, {"done": 1})
    assert not queue.settle(database, "a", claim, status="succeeded")
    assert queue.asked(database, "a", claim) == (False, None)
    assert found(database, "a").status == "planned"


def test_one_whose_beats_have_grown_is_left_alone(database: Engine) -> None:
    claim = take(database, plan(database, "a"))
    seen = found(database, "a")
    assert claim is not None
    queue.beat(database, "a", claim)
    assert queue.interrupt(database, seen, 6.0) is None
    assert found(database, "a").status == "running"


def test_a_run_began_when_it_was_claimed_for_the_first_time(database: Engine) -> None:
    id = plan(database, "one")
    assert found(database, id).began is None
    for now in (5.0, 8.0):
        claim = queue.claim(database, id, "here:1", "place/1/0", now)
        assert claim is not None
        assert (found(database, id).began, found(database, id).started) == (5.0, now)
        assert queue.settle(database, id, claim, status="planned")


def test_an_interrupted_run_is_planned_once_and_fails_the_second_time(database: Engine) -> None:
    plan(database, "a")
    assert take(database, "a")
    assert queue.interrupt(database, found(database, "a"), 6.0) == "planned"
    assert take(database, "a")
    assert queue.interrupt(database, found(database, "a"), 7.0) == "failed"
    run = found(database, "a")
    assert (run.interruptions, run.attempts, run.ended) == (2, 2, 7.0)
    assert run.failure is not None
    assert "second time" in run.failure["error"]


@pytest.mark.parametrize(("asked", "status"), [("cancel", "cancelled"), ("pause", "paused")])
def test_what_a_dead_worker_was_asked_for_happens(database: Engine, asked: str, status: str) -> None:
    assert take(database, plan(database, "a"))
    assert queue.turn(database, "a", ("running",), asking=asked)
    assert queue.interrupt(database, found(database, "a"), 6.0) == status


@pytest.mark.parametrize(("asked", "status"), [("cancel", "cancelled"), ("pause", "paused"), (None, "planned")])
def test_a_worker_that_leaves_or_dies_takes_nothing_back_of_what_was_asked_meanwhile(
    database: Engine, asked: str | None, status: str
) -> None:
    for id in ("left", "died"):
        claim, seen = take(database, plan(database, id)), found(database, id)
        assert claim is not None
        assert queue.turn(database, id, ("running",), asking=asked)
        if id == "left":
            assert queue.leave(database, id, "another's", 6.0) is None
            assert queue.leave(database, id, claim, 6.0) == status
        else:
            assert queue.interrupt(database, seen, 6.0) == status
        run = found(database, id)
        assert (run.status, run.asking, run.claim) == (status, None, None)
        assert run.ended == (6.0 if status == "cancelled" else None)


def test_who_has_seen_the_counter_has_seen_every_change(database: Engine) -> None:
    """Many write at once; one who reads at whatever moment misses none of what lies below the counter."""
    ids = [plan(database, f"run-{number}") for number in range(6)]
    claims = {id: take(database, id) for id in ids}
    seen, told = queue.changes(database), set[tuple[str, int]]()

    def work(id: str) -> None:
        for done in range(10):
            assert queue.report(database, id, str(claims[id]), {"done": done})

    with ThreadPoolExecutor(6) as threads:
        working = [threads.submit(work, id) for id in ids]
        while not all(one.done() for one in working) or queue.changes(database) != seen:
            now = queue.changes(database)
            told |= {(run.id, run.changed) for run in queue.changed_since(database, seen)}
            seen = now
        for one in working:
            one.result()
    assert {(id, found(database, id).changed) for id in ids} <= told


def test_workers_are_known_until_they_leave(database: Engine) -> None:
    queue.enlist(database, "a:1", "place/1/0")
    queue.enlist(database, "a:1", "place/1/0")
    queue.enlist(database, "b:2", "place/2/0")
    assert [(one.worker, one.beats) for one in queue.workers(database)] == [("a:1", 1), ("b:2", 0)]
    queue.dismiss(database, "a:1")
    assert [one.worker for one in queue.workers(database)] == ["b:2"]
