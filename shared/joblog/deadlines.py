"""Jobs that have a time by which they are to begin, and then to end."""

from shared.errors import ErrorCode
from shared.events import ErrorEvent
from shared.joblog import keys
from shared.joblog.command import Command
from shared.joblog.commands import RETENTION_SECONDS
from shared.joblog.scripts import transition

TOO_LATE = ErrorEvent(
    code=ErrorCode.EXPIRED, detail="The story had not begun when its deadline passed."
)
LOOKED_AT = 1_000
"""At a time."""


def expire() -> Command[list[str]]:
    """End those that are too late to begin; answers their ids."""
    return transition(
        "expire",
        [keys.DEADLINES, keys.ENDED],
        [LOOKED_AT, TOO_LATE.model_dump_json(), RETENTION_SECONDS],
        list,
    )
