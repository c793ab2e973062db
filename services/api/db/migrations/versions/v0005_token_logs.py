"""Archived jobs keep their tokens one by one, so that their events can be told again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("archived_job", sa.Column("log", sa.Text))
