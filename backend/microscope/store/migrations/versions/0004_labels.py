"""What people, rules and models say of features: labels, notes, stars, lists."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("sae", sa.String, nullable=False),
        sa.Column("weights", sa.String, nullable=False),
        sa.Column("feature", sa.Integer, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("replaces", sa.Integer, unique=True),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
    )
    op.create_index("labels_of_feature", "labels", ["weights", "feature"])
    op.create_table(
        "stars",
        sa.Column("weights", sa.String, primary_key=True),
        sa.Column("feature", sa.Integer, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "feature_lists",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("sae", sa.String, nullable=False),
        sa.Column("weights", sa.String, nullable=False, index=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("indices", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("updated", sa.Double, nullable=False),
    )


def downgrade() -> None:
    for table in ("feature_lists", "stars", "labels"):
        op.drop_table(table)
