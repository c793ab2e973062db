"""Accepted jobs keep whom their tokens are charged to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("accepted_job", sa.Column("payer", sa.Text))
