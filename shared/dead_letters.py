"""Stories that were given up, for those who run the service."""

from shared.jobs import JobView
from shared.schemas import Contract


class DeadLetter(Contract):
    """A job that failed and has not been replayed."""

    tenant: str
    job: JobView


class DeadLetterPage(Contract):
    """Newest first."""

    dead_letters: list[DeadLetter]
    next_cursor: str | None = None
