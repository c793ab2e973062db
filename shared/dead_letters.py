"""Stories that were given up, for those who run the service."""

from shared.contract import Contract
from shared.jobs import JobView


class DeadLetter(Contract):
    """A job that failed and has not been replayed."""

    tenant: str
    job: JobView


class DeadLetterPage(Contract):
    """Newest first."""

    dead_letters: list[DeadLetter]
    next_cursor: str | None = None
