from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session
from tests.e2e.serving import until

from microscope.errors import Invalid, Unavailable
from microscope.store import database
from microscope.store.database import (
    ConversationRecord,
    ModelRecord,
    RunRecord,
    Table,
    claim,
    open_database,
    pack_ids,
    unpack_ids,
)


def test_the_migrations_end_at_the_tables_that_the_code_declares(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    engine.dispose()


def test_a_database_from_before_the_badges_keeps_its_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    engine = open_database(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        columns = [column["name"] for column in inspect(connection).get_columns("models")]
        assert "badge" not in columns
        values = {column: 0 if column in ("bytes", "last_used") else "x" for column in columns}
        connection.execute(text(f"INSERT INTO models ({', '.join(columns)}) VALUES (:{', :'.join(columns)})"), values)
    with Session(open_database(url)) as session:
        assert session.get_one(ModelRecord, "x").badge is None


def test_a_run_from_before_its_first_start_was_kept_has_it_where_it_had_one_attempt(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    engine = open_database(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        columns = {column["name"] for column in inspect(connection).get_columns("runs")}
        assert not {"began", "asked"} & columns
        row = {
            "family": "count", "name": "", "status": "failed", "priority": 0, "position": 0, "spec": "{}", "words": "",
            "spec_sha256": "0", "evidence": "control", "created": 1.0, "interruptions": 0, "beats": 0, "headline": "{}",
            "changed": 0, "started": 7.0,
        }  # fmt: skip
        for attempts in (0, 1, 2):
            whole = {**row, "id": f"run-{attempts}", "attempts": attempts}
            connection.execute(text(f"INSERT INTO runs ({', '.join(whole)}) VALUES (:{', :'.join(whole)})"), whole)
    with Session(open_database(url)) as session:
        found = [session.get_one(RunRecord, f"run-{attempts}") for attempts in (0, 1, 2)]
        assert [(run.began, run.asked) for run in found] == [(None, ""), (7.0, ""), (None, "")]


def test_opening_twice_keeps_what_is_there(database_url: str) -> None:
    url = database_url
    ids = [0, 1, 4_095, 2**32 - 1]
    record = ConversationRecord(
        id="a", title="é", mode="chat", model="m", model_name="m", weights_sha256="0", created=1.0, updated=2.0,
        turns=[{"role": "user"}], ids=pack_ids(ids), n_tokens=4,
    )  # fmt: skip
    first, second = open_database(url), open_database(url)
    with Session(first) as session:
        session.add(record)
        session.commit()
    with Session(second) as session:
        kept = session.get_one(ConversationRecord, "a")
        assert (unpack_ids(kept.ids), kept.turns, kept.title) == (ids, [{"role": "user"}], "é")
    first.dispose()
    second.dispose()


def test_many_may_open_an_empty_database_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        engines = list(threads.map(open_database, [database_url] * 4))
    assert {tuple(sorted(inspect(engine).get_table_names())) for engine in engines} == {
        tuple(sorted([*Table.metadata.tables, "alembic_version"]))
    }
    for engine in engines:
        engine.dispose()


def test_one_process_at_a_time_may_close_open_turns(postgresql: Callable[[], str]) -> None:
    url = postgresql()
    first, second = open_database(url), open_database(url)
    assert claim(first)
    assert not claim(second)
    first.dispose()
    try:
        # The server hears of a connection's end a moment later.
        until(lambda: claim(second), 10, "the lock is free")
    finally:
        second.dispose()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y"])
def test_an_address_of_no_database_is_told(url: str) -> None:
    with pytest.raises(Invalid, match="MICROSCOPE_DATABASE_URL"):
        open_database(url)


def test_a_database_that_does_not_answer_is_told() -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_database("postgresql://nobody@127.0.0.1:1/none")
