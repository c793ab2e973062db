"""Stories name the job that they began with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FIRST_JOBS = """
UPDATE story SET job_id = (
    SELECT passage.job_id FROM passage
    WHERE passage.story_id = story.id AND passage.origin = 'model'
    ORDER BY passage.number LIMIT 1
)
"""


def upgrade() -> None:
    op.add_column("story", sa.Column("job_id", sa.String(64)))
    op.create_index("ix_story_job_id", "story", ["job_id"])
    op.execute(_FIRST_JOBS)
