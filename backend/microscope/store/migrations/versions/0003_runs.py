"""Runs, their tags, their queue and its workers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("family", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
        sa.Column("spec_sha256", sa.String, nullable=False, index=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("created", sa.Double, nullable=False, index=True),
        sa.Column("started", sa.Double),
        sa.Column("ended", sa.Double),
        sa.Column("deleted", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("interruptions", sa.Integer, nullable=False),
        sa.Column("asking", sa.String),
        sa.Column("worker", sa.String),
        sa.Column("process", sa.String),
        sa.Column("claim", sa.String),
        sa.Column("beats", sa.BigInteger, nullable=False),
        sa.Column("progress", sa.JSON),
        sa.Column("headline", sa.JSON, nullable=False),
        sa.Column("failure", sa.JSON),
        sa.Column("changed", sa.BigInteger, nullable=False, index=True),
    )
    op.create_index("runs_in_order", "runs", ["status", "priority", "position"])
    op.create_index("runs_of_family", "runs", ["family", "created"])
    op.create_index("runs_with_status", "runs", ["status", "created"])
    op.create_table(
        "run_tags",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag", sa.String, primary_key=True, index=True),
    )
    queue = op.create_table(
        "queue",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("changes", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(queue, [{"id": 1, "paused": False, "changes": 0}])
    op.create_table(
        "workers",
        sa.Column("worker", sa.String, primary_key=True),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("beats", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("workers", "queue", "run_tags", "runs"):
        op.drop_table(table)
