"""Archived jobs, stories with their passages, feedback and comparisons."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _archived_job()
    _story()
    _passage()
    _feedback()
    _comparison()


def _archived_job() -> None:
    op.create_table(
        "archived_job",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("usage", sa.Text, nullable=False),
        sa.Column("finish_reason", sa.String(16)),
        sa.Column("receipt", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_archived_job"),
    )


def _story() -> None:
    op.create_table(
        "story",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("deleted_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_story"),
    )
    op.create_index("ix_story_tenant_updated_at_id", "story", ["tenant", "updated_at", "id"])


def _passage() -> None:
    op.create_table(
        "passage",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("story_id", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.String(32)),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("story_seed", sa.Text, nullable=False),
        sa.Column("controls", sa.Text, nullable=False),
        sa.Column("job_id", sa.String(64)),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_passage"),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name="fk_passage_story_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["passage.id"], name="fk_passage_parent_id"),
        sa.UniqueConstraint("story_id", "number", name="uq_passage_story_id_number"),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("rating", sa.Integer),
        sa.Column("thumbs", sa.String(16)),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["job_id"], ["archived_job.id"], name="fk_feedback_job_id"),
    )
    op.create_index("ix_feedback_tenant_created_at_id", "feedback", ["tenant", "created_at", "id"])


def _comparison() -> None:
    op.create_table(
        "comparison",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("job_a", sa.String(64), nullable=False),
        sa.Column("job_b", sa.String(64), nullable=False),
        sa.Column("winner", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparison"),
        sa.ForeignKeyConstraint(["job_a"], ["archived_job.id"], name="fk_comparison_job_a"),
        sa.ForeignKeyConstraint(["job_b"], ["archived_job.id"], name="fk_comparison_job_b"),
    )
    op.create_index(
        "ix_comparison_tenant_created_at_id", "comparison", ["tenant", "created_at", "id"]
    )
