"""The tables. Times are Unix seconds, as everywhere on the wire."""

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Double,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.api.admission.callers import Scope
from services.api.db.columns import LOG, LoggedToken, StoredId, StoredJson, StoredText, stored_word
from shared.jobs import JobError, Pickup, Receipt, Usage
from shared.jobspec import JobSpec
from shared.library import Origin, Told
from shared.opinions import Thumbs, Winner
from shared.schemas import FinishReason, GenerateRequest, JobStatus, StoryControls

_CONTROLS = TypeAdapter(StoryControls)
_ERROR = TypeAdapter(JobError)
_RECEIPT = TypeAdapter(Receipt)
_REQUEST = TypeAdapter(GenerateRequest)
_SCOPES = TypeAdapter(list[Scope])
_SPEC = TypeAdapter(JobSpec)
_TAGS = TypeAdapter(list[str])
_TOLD = TypeAdapter(Told)
_USAGE = TypeAdapter(Usage)
_PICKUPS = TypeAdapter(list[Pickup])


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class AcceptedJob(Base):
    """A job that is promised an ending: written before its caller hears of it, struck off once its
    end is kept as an ArchivedJob.
    """

    __tablename__ = "accepted_job"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[str] = mapped_column(StoredId(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(StoredText)
    payer: Mapped[str | None] = mapped_column(StoredText)
    """Whom its tokens are charged to; its tenant, of one that an older version has accepted."""
    model: Mapped[str] = mapped_column(StoredText)
    spec: Mapped[JobSpec] = mapped_column(StoredJson(_SPEC))
    traceparent: Mapped[str] = mapped_column(StoredText)
    cancelled: Mapped[bool]
    """Its caller wants it to end, whatever Redis remembers of that."""
    created_at: Mapped[float] = mapped_column(Double)


class RequestKey(Base):
    """The job that a request with this `Idempotency-Key` has made."""

    __tablename__ = "idempotency_key"

    tenant: Mapped[str] = mapped_column(StoredText, primary_key=True)
    key: Mapped[str] = mapped_column(StoredId(255), primary_key=True)
    digest: Mapped[str] = mapped_column(StoredId(64))
    job_id: Mapped[str] = mapped_column(StoredId(64))
    created_at: Mapped[float] = mapped_column(Double, index=True)


class ApiKey(Base):
    """Whose holder may ask, and for what. The key itself is nowhere."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("hash"),)

    id: Mapped[str] = mapped_column(StoredId(32), primary_key=True)
    hash: Mapped[str] = mapped_column(StoredId(64))
    name: Mapped[str] = mapped_column(StoredText)
    tenant: Mapped[str] = mapped_column(StoredText)
    scopes: Mapped[list[Scope]] = mapped_column(StoredJson(_SCOPES))
    created_at: Mapped[float] = mapped_column(Double)
    expires_at: Mapped[float | None] = mapped_column(Double)
    revoked_at: Mapped[float | None] = mapped_column(Double)


class ArchivedJob(Base):
    """A job as it ended: all that its text depends on, and the text."""

    __tablename__ = "archived_job"
    __table_args__ = (Index(None, "status", "created_at", "id"),)

    id: Mapped[str] = mapped_column(StoredId(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(StoredText)
    model: Mapped[str] = mapped_column(StoredText)
    status: Mapped[JobStatus] = mapped_column(stored_word(JobStatus))
    text: Mapped[str] = mapped_column(StoredText)
    log: Mapped[list[LoggedToken] | None] = mapped_column(
        StoredJson(LOG), deferred=True, deferred_raiseload=True
    )
    """The text token by token, read only where it is asked for. None of a job that was archived
    before this was kept."""
    prompt: Mapped[str] = mapped_column(StoredText)
    seed: Mapped[int] = mapped_column(BigInteger)
    request: Mapped[GenerateRequest] = mapped_column(StoredJson(_REQUEST))
    attempts: Mapped[int]
    pickups: Mapped[list[Pickup] | None] = mapped_column(StoredJson(_PICKUPS))
    usage: Mapped[Usage] = mapped_column(StoredJson(_USAGE))
    finish_reason: Mapped[FinishReason | None] = mapped_column(stored_word(FinishReason))
    receipt: Mapped[Receipt | None] = mapped_column(StoredJson(_RECEIPT))
    error: Mapped[JobError | None] = mapped_column(StoredJson(_ERROR))
    created_at: Mapped[float] = mapped_column(Double)
    started_at: Mapped[float | None] = mapped_column(Double)
    ended_at: Mapped[float | None] = mapped_column(Double)
    replayed_by: Mapped[str | None] = mapped_column(StoredId(64))
    """The job that a failed one has become."""


class Story(Base):
    """`version` counts its owner's changes; two tabs cannot lose each other's."""

    __tablename__ = "story"
    __table_args__ = (Index(None, "tenant", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(StoredId(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(StoredText)
    title: Mapped[str] = mapped_column(StoredText)
    job_id: Mapped[str | None] = mapped_column(StoredId(64), index=True)
    """Of the job that it began with; an imported story has none."""
    version: Mapped[int]
    created_at: Mapped[float] = mapped_column(Double)
    updated_at: Mapped[float] = mapped_column(Double)
    deleted_at: Mapped[float | None] = mapped_column(Double)


class Passage(Base):
    """One node of a story's tree; never changed once it is there.

    Without a text of its own it shows the text of its job, which may not have ended yet: hence no
    foreign key to the archive.
    """

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("story_id", "number"),)

    id: Mapped[str] = mapped_column(StoredId(32), primary_key=True)
    story_id: Mapped[str] = mapped_column(StoredId(32), ForeignKey("story.id"))
    parent_id: Mapped[str | None] = mapped_column(StoredId(32), ForeignKey("passage.id"))
    revises_id: Mapped[str | None] = mapped_column(StoredId(32), ForeignKey("passage.id"))
    """Its sibling that it was told again, branched or edited from."""
    number: Mapped[int]
    """In the order of their making, from 1."""
    origin: Mapped[Origin] = mapped_column(stored_word(Origin))
    text: Mapped[str | None] = mapped_column(StoredText)
    story_seed: Mapped[str] = mapped_column(StoredText)
    controls: Mapped[StoryControls] = mapped_column(StoredJson(_CONTROLS))
    job_id: Mapped[str | None] = mapped_column(StoredId(64))
    told: Mapped[Told | None] = mapped_column(StoredJson(_TOLD))
    """Of an imported passage, whose job is elsewhere."""
    created_at: Mapped[float] = mapped_column(Double)


class Feedback(Base):
    """What a reader said of one job, whose row says where the story came from."""

    __tablename__ = "feedback"
    __table_args__ = (Index(None, "tenant", "created_at", "id"),)

    id: Mapped[str] = mapped_column(StoredId(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(StoredText)
    job_id: Mapped[str] = mapped_column(StoredId(64), ForeignKey("archived_job.id"))
    rating: Mapped[int | None]
    thumbs: Mapped[Thumbs | None] = mapped_column(stored_word(Thumbs))
    tags: Mapped[list[str]] = mapped_column(StoredJson(_TAGS))
    comment: Mapped[str | None] = mapped_column(StoredText)
    created_at: Mapped[float] = mapped_column(Double)


class Comparison(Base):
    """Which of two jobs for one prompt a reader preferred."""

    __tablename__ = "comparison"
    __table_args__ = (Index(None, "tenant", "created_at", "id"),)

    id: Mapped[str] = mapped_column(StoredId(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(StoredText)
    job_a: Mapped[str] = mapped_column(StoredId(64), ForeignKey("archived_job.id"))
    job_b: Mapped[str] = mapped_column(StoredId(64), ForeignKey("archived_job.id"))
    winner: Mapped[Winner] = mapped_column(stored_word(Winner))
    comment: Mapped[str | None] = mapped_column(StoredText)
    created_at: Mapped[float] = mapped_column(Double)
