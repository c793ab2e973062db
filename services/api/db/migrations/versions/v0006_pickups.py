"""Archived jobs tell where other workers went on with them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("archived_job", sa.Column("pickups", sa.Text))
