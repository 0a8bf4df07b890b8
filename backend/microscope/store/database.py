"""What changes and must be found again: conversations, the models that were opened, runs and their queue.

SQLAlchemy over SQLite (write-ahead log) by default, any SQLAlchemy URL otherwise. The schema is brought up to
date by the migrations beside this file each time a database is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from alembic import command
from alembic.config import Config
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Engine,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from microscope.errors import Invalid, Unavailable
from microscope.settings import Settings
from microscope.store.files import Folder

DATABASE = "microscope.db"
"""In the home folder, where no other address is set."""

MIGRATION_LOCK, CHAT_LOCK = 7_042_251, 7_042_252
"""Keys of PostgreSQL's advisory locks: whoever brings the schema up to date, and whoever may close open turns."""


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


class RunRecord(Table):
    """A run: a family's spec, its place in the queue, who works on it and what came of it.

    The two documents that grow, tables and curves, lie in its directory (`store/run_folder.py`).
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_in_order", "status", "priority", "position"),
        Index("runs_of_family", "family", "created"),
        Index("runs_with_status", "status", "created"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    priority: Mapped[int]
    position: Mapped[int] = mapped_column(BigInteger)
    """Among those of its priority the least is claimed first."""

    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    spec_sha256: Mapped[str] = mapped_column(index=True)
    words: Mapped[str] = mapped_column(Text)
    """What a search looks through: name, id, family and the spec's fields and values, in small letters."""

    asked: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What its spec sets, in a line; empty of runs made before that was kept."""

    evidence: Mapped[str]
    created: Mapped[float] = mapped_column(index=True)
    began: Mapped[float | None]
    """Its first attempt; null before that, and where it was made before this was kept and had several."""

    started: Mapped[float | None]
    """Its last attempt."""

    ended: Mapped[float | None]
    deleted: Mapped[float | None]
    attempts: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0)
    asking: Mapped[str | None]
    """`pause` or `cancel`, until its worker has done it."""

    worker: Mapped[str | None]
    """`host:pid` of the last process that worked on it."""

    process: Mapped[str | None]
    """Which process that is among all that ever had this number: see `services/processes.py`."""

    claim: Mapped[str | None]
    """Drawn anew each time that it is claimed; whoever does not have it may write nothing. Null unless running."""

    beats: Mapped[int] = mapped_column(BigInteger, default=0)
    """Grows as long as its worker lives."""

    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The wire's `RunProgress`."""

    headline: Mapped[dict[str, float | None]] = mapped_column(JSON)
    failure: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """The wire's `RunFailure`."""

    changed: Mapped[int] = mapped_column(BigInteger, index=True)
    """The queue's `changes` when it was last written."""


class RunTag(Table):
    """A word that a run can be found by."""

    __tablename__ = "run_tags"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


class QueueRecord(Table):
    """The one row of what concerns all runs."""

    __tablename__ = "queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    paused: Mapped[bool]
    changes: Mapped[int] = mapped_column(BigInteger)
    """Counts every change of a run: who has seen it knows that nothing is new."""


class WorkerRecord(Table):
    """A process that claims runs; one whose beats stand still has died."""

    __tablename__ = "workers"

    worker: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str]
    beats: Mapped[int] = mapped_column(BigInteger)


class LabelRecord(Table):
    """Something that was said of a feature, named by the hash of its SAE's weights and the slug that it had then.

    `replaces` is unique: of two who replace the same entry, one fails.
    """

    __tablename__ = "labels"
    __table_args__ = (Index("labels_of_feature", "weights", "feature"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sae: Mapped[str]
    weights: Mapped[str]
    feature: Mapped[int]
    what: Mapped[str]
    kind: Mapped[str]
    author: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    score: Mapped[float | None]
    created: Mapped[float]
    replaces: Mapped[int | None] = mapped_column(unique=True)
    current: Mapped[bool]
    withdrawn: Mapped[bool]


class StarRecord(Table):
    """A feature that somebody marked."""

    __tablename__ = "stars"

    weights: Mapped[str] = mapped_column(primary_key=True)
    feature: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class FeatureListRecord(Table):
    """A selection of features. `indices` are little-endian uint32."""

    __tablename__ = "feature_lists"

    id: Mapped[str] = mapped_column(primary_key=True)
    sae: Mapped[str]
    weights: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    indices: Mapped[bytes] = mapped_column(LargeBinary)
    created: Mapped[float]
    updated: Mapped[float]


def pack_ids(ids: list[int] | tuple[int, ...]) -> bytes:
    return np.asarray(ids, dtype="<u4").tobytes()


def unpack_ids(content: bytes) -> list[int]:
    return np.frombuffer(content, dtype="<u4").tolist()


def database_url(settings: Settings, home: Folder) -> str:
    """The one that was set, else a file in the home folder."""
    return settings.database_url or f"sqlite:///{home.path(DATABASE)}"


def open_database(url: str) -> Engine:
    """An engine whose schema is current. Several processes may open one at the same time.

    Args:
        url: such as `sqlite:////home/me/.microscope/microscope.db` or `postgresql+psycopg://…`.

    Raises:
        Invalid: it is no such address.
        Unavailable: nothing answers there.
    """
    engine = _engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with engine.connect() as connection, connection.begin():
            _one_at_a_time(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as wrong:
        raise Unavailable(
            f"The database {engine.url.render_as_string()} cannot be opened: {_first_line(wrong)}",
            next="Start it, or correct MICROSCOPE_DATABASE_URL; without one the home folder's own is used.",
        ) from wrong
    return engine


def claim(engine: Engine) -> bool:
    """Whether this process is the only one that chats over the database; until the engine is disposed of.

    An SQLite file lies in a home folder, whose own claim is enough.
    """
    if engine.dialect.name != "postgresql":
        return True
    # The lock is the session's: a connection of its own, out of the pool, lives as long as the engine.
    connection = create_engine(engine.url, poolclass=NullPool).connect()
    held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": CHAT_LOCK}).scalar_one()
    connection.commit()
    if held:
        event.listen(engine, "engine_disposed", _closing(connection))
    else:
        connection.close()
    return bool(held)


def _closing(connection: Connection) -> Callable[[Engine], None]:
    def close(_: Engine) -> None:
        connection.close()

    return close


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):  # The driver that is installed.
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (ArgumentError, ImportError) as wrong:
        raise Invalid(
            f"MICROSCOPE_DATABASE_URL is no address of a database that can be used: {wrong}.",
            next="Write postgresql://USER:PASSWORD@HOST/NAME or sqlite:////PATH, or leave it empty.",
        ) from wrong
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _one_at_a_time(connection: Connection) -> None:
    """Another process that opens the database now waits until this transaction has ended."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def _first_line(wrong: OperationalError) -> str:
    return str(wrong.orig).strip().split("\n")[0]


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # With the log, `normal` survives a killed process and loses at most the last commits in a power cut.
    for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
