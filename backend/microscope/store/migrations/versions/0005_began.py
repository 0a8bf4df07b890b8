"""When a run first began, and what its spec sets, in a line."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("runs", sa.Column("began", sa.Double))
    op.add_column("runs", sa.Column("asked", sa.Text, nullable=False, server_default=""))
    # Of several attempts the first is not known any more.
    op.execute("UPDATE runs SET began = started WHERE attempts = 1")


def downgrade() -> None:
    op.drop_column("runs", "asked")
    op.drop_column("runs", "began")
