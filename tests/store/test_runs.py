from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from tests.benchmarks.harness import Variant, take_turns

from microscope.store import runs
from microscope.store.database import RunRecord, RunTag, open_database
from microscope.store.runs import Filter

N = 10_000
STATUSES = ("succeeded", "failed", "cancelled", "planned", "paused")
FAMILIES = ("train_sae", "harvest", "record_activations")

Row = dict[str, Any]


def generated() -> tuple[list[Row], dict[str, list[str]]]:
    """Ten thousand runs, and their tags."""
    draw = random.Random(0)
    rows: list[Row] = []
    for number in range(N):
        family = draw.choice(FAMILIES)
        rows.append(
            {
                "id": f"{family}-{number:05}", "family": family, "name": "", "status": draw.choice(STATUSES),
                "priority": 0, "position": number, "spec": {"kind": family, "n": number}, "evidence": "control",
                "spec_sha256": f"{number % 100}", "words": f"{family}-{number:05} layer {number % 12} 100% wool",
                "created": 1e9 + number, "started": None, "ended": None, "attempts": 0, "interruptions": 0, "beats": 0,
                "headline": {}, "changed": 0, "deleted": 1.0 if number % 100 == 99 else None,
            }
        )  # fmt: skip
    tags = {row["id"]: sorted(draw.sample(["a", "b", "c"], draw.randrange(3))) for row in rows}
    return rows, tags


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The engine, and what is in it: once for all tests."""
    sqlite = f"sqlite:///{tmp_path_factory.mktemp('runs')}/test.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgresql")()
    engine, (rows, tags) = open_database(url), generated()
    with engine.begin() as connection:
        connection.execute(insert(RunRecord), rows)
        connection.execute(insert(RunTag), [{"run": id, "tag": tag} for id, found in tags.items() for tag in found])
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")
    yield engine, [row for row in rows if row["deleted"] is None], tags
    engine.dispose()


def expected(rows: list[Row], tags: dict[str, list[str]], which: Filter) -> list[str]:
    """The obvious way."""
    kept = [
        row["id"]
        for row in rows
        if all(word in row["words"] for word in which.q.lower().split())
        and which.family in ("", row["family"])
        and which.status in ("", row["status"])
        and (which.since is None or row["created"] >= which.since)
        and (which.until is None or row["created"] < which.until)
        and (not which.tag or which.tag in tags[row["id"]])
    ]
    return sorted(kept, key=lambda id: -int(id[-5:]))


QUESTIONS = (
    Filter(),
    Filter(family="harvest"),
    Filter(status="failed", tag="b"),
    Filter(since=1e9 + 4_000, until=1e9 + 4_100),
    Filter(q="LAYER 11", family="train_sae"),
    Filter(q="-00042"),
    Filter(q="100% _"),
    Filter(q="100% wool", status="paused"),
    Filter(family="nobody's"),
)


def test_ten_thousand_runs_are_filtered_as_the_obvious_way_does_and_at_once(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, rows, tags = filled
    for which in QUESTIONS:
        wanted = expected(rows, tags, which)
        for offset in (0, 40, 9_000):
            page = runs.page(database, which, "created", True, offset, 50)
            assert page.total == len(wanted)
            assert [record.id for record in page.records] == wanted[offset : offset + 50]


def test_a_page_of_ten_thousand_runs_costs_less_than_reading_them(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, _, _ = filled

    def read_all() -> None:
        with database.connect() as connection:
            assert len(connection.execute(text("SELECT * FROM runs")).all()) >= 10_000

    for which in QUESTIONS:
        variants = [
            Variant("all", read_all),
            Variant("page", lambda which=which: runs.page(database, which, "created", True, 0, 50)),
        ]
        turns = take_turns(variants, rounds=3)
        assert min(turns.of("page")) < min(turns.of("all")), which


def test_counts_are_of_all_that_are_not_deleted(filled: tuple[Engine, list[Row], dict[str, list[str]]]) -> None:
    database, rows, _ = filled
    counts = runs.counts(database)
    assert counts.families == Counter(row["family"] for row in rows)
    assert counts.statuses == Counter(row["status"] for row in rows)
    assert counts.tags == ["a", "b", "c"]


def test_those_that_were_put_away_are_a_list_of_their_own(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, rows, _ = filled
    page = runs.page(database, Filter(deleted=True), "created", True, 0, 200)
    assert page.total == runs.n_deleted(database) == N - len(rows)
    assert {record.id for record in page.records} == set(runs.deleted(database))
    harvests = runs.page(database, Filter(family="harvest", deleted=True), "created", True, 0, 200)
    counts = runs.counts(database, deleted=True)
    assert counts.families["harvest"] == harvests.total
    assert sum(counts.statuses.values()) == page.total


def test_sorting_by_another_column_keeps_the_newest_first_among_equals(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, rows, _ = filled
    page = runs.page(database, Filter(), "status", False, 0, 200)
    wanted = sorted(rows, key=lambda row: (row["status"], -row["created"]))[:200]
    assert [record.id for record in page.records] == [row["id"] for row in wanted]


def test_tags_are_replaced(filled: tuple[Engine, list[Row], dict[str, list[str]]]) -> None:
    database, rows, tags = filled
    id = next(row["id"] for row in rows if tags[row["id"]] == ["a", "b"])
    runs.tag(database, id, only=("c", "a", "c"))
    assert runs.tags_of(database, [id]) == {id: ("a", "c")}
    runs.tag(database, id, only=())
    assert runs.tags_of(database, [id]) == {}


def test_tags_that_are_added_and_taken_away_leave_the_others(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, _, _ = filled
    row = {name: value for name, value in filled[1][0].items() if name not in ("position", "changed")}
    assert runs.add(database, {**row, "id": "tagged"}, ())
    each = {f"t{number}" for number in range(16)}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda one: runs.tag(database, "tagged", None, add=(one, "all")), each))
    assert runs.tags_of(database, ["tagged"]) == {"tagged": tuple(sorted({*each, "all"}))}
    runs.tag(database, "tagged", None, add=("all", "t0"), remove=("t0", "t1", "nothing"))
    assert runs.tags_of(database, ["tagged"]) == {"tagged": tuple(sorted({*each, "all"} - {"t1"}))}
    runs.change(database, "tagged", deleted=1.0)
    runs.tag(database, "tagged", only=())


def test_the_latest_run_of_a_spec_is_unfinished_unless_it_succeeded(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, rows, _ = filled
    for spec in ("3", "7", "12", "50"):
        last = [row for row in rows if row["spec_sha256"] == spec][-1]
        assert runs.unfinished(database, spec) == (None if last["status"] == "succeeded" else last["id"])


def test_an_id_that_is_taken_is_refused_and_nothing_is_written(
    filled: tuple[Engine, list[Row], dict[str, list[str]]],
) -> None:
    database, rows, _ = filled
    row = {name: value for name, value in rows[0].items() if name not in ("position", "changed")}
    assert not runs.add(database, {**row, "name": "another"}, ("q",))
    record = runs.find(database, row["id"])
    assert record is not None
    assert record.name == row["name"]
    assert "q" not in runs.counts(database).tags
