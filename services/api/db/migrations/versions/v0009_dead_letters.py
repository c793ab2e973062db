"""Failed jobs are found, and each is known to be replayed or not."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("archived_job", sa.Column("replayed_by", sa.String(64)))
    op.create_index(
        "ix_archived_job_status_created_at_id", "archived_job", ["status", "created_at", "id"]
    )
