from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import Session

from microscope.store.database import ConversationRecord, Table, open_database, pack_ids, unpack_ids


def test_the_migrations_end_at_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/test.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


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
