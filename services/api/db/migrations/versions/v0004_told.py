"""Passages that were imported keep how they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("passage", sa.Column("told", sa.Text))
