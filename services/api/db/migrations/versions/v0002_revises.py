"""Passages name the one that they were made to stand beside."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    revises = sa.ForeignKey("passage.id", name="fk_passage_revises_id")
    column = sa.Column("revises_id", sa.String(32), revises)
    # Inline, as SQLite adds no constraint to a table that is there.
    op.add_column("passage", column, inline_references=True)
