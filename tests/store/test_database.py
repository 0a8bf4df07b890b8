from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from microscope.store import database
from microscope.store.database import ConversationRecord, ModelRecord, Table, open_database, pack_ids, unpack_ids


def test_the_migrations_end_at_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/test.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


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


def test_opening_twice_keeps_what_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    ids = [0, 1, 4_095, 2**32 - 1]
    record = ConversationRecord(
        id="a", title="é", mode="chat", model="m", model_name="m", weights_sha256="0", created=1.0, updated=2.0,
        turns=[{"role": "user"}], ids=pack_ids(ids), n_tokens=4,
    )  # fmt: skip
    with Session(open_database(url)) as session:
        session.add(record)
        session.commit()
    with Session(open_database(url)) as session:
        kept = session.get_one(ConversationRecord, "a")
        assert (unpack_ids(kept.ids), kept.turns, kept.title) == (ids, [{"role": "user"}], "é")
