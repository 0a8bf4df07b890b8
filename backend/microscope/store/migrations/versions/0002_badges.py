"""The parity badge of every model that was opened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("models", sa.Column("badge", sa.JSON))


def downgrade() -> None:
    op.drop_column("models", "badge")
