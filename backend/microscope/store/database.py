"""What changes and must be found again: conversations and the models that were opened.

SQLAlchemy over SQLite (write-ahead log) by default, any SQLAlchemy URL otherwise. The schema is brought up to
date by the migrations beside this file each time a database is opened.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, BigInteger, Engine, LargeBinary, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry


class Table(DeclarativeBase):
    pass


class ConversationRecord(Table):
    """A conversation. `ids` are little-endian uint32, `turns` the wire's turns."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    mode: Mapped[str]
    model: Mapped[str]
    model_name: Mapped[str]
    weights_sha256: Mapped[str]
    parent: Mapped[str | None]
    parent_position: Mapped[int | None]
    created: Mapped[float]
    updated: Mapped[float] = mapped_column(index=True)
    deleted: Mapped[float | None]
    turns: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    ids: Mapped[bytes] = mapped_column(LargeBinary)
    n_tokens: Mapped[int]
    generating: Mapped[bool] = mapped_column(default=False)
    """A turn is open; where no process generates it, it was interrupted."""


class ModelRecord(Table):
    """A model that has been opened here, so that it can be offered again."""

    __tablename__ = "models"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    revision: Mapped[str]
    dtype: Mapped[str]
    device: Mapped[str]
    """As it was asked for, as are revision and dtype: `auto` and the empty string included."""

    weights_sha256: Mapped[str]
    tokenizer_sha256: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    last_used: Mapped[float]
    badge: Mapped[dict[str, object] | None] = mapped_column(JSON)
    """The wire's `Badge`, of the last time that it was loaded; null where that was before badges were kept."""


def pack_ids(ids: list[int] | tuple[int, ...]) -> bytes:
    return np.asarray(ids, dtype="<u4").tobytes()


def unpack_ids(content: bytes) -> list[int]:
    return np.frombuffer(content, dtype="<u4").tolist()


def open_database(url: str) -> Engine:
    """An engine whose schema is current.

    Args:
        url: such as `sqlite:////home/me/.microscope/microscope.db` or `postgresql+psycopg://…`.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return engine


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # With the log, `normal` survives a killed process and loses at most the last commits in a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
