"""How often a job whose record or log was damaged is written anew."""

from shared.errors import ErrorCode
from shared.events import ErrorEvent

MOST_DAMAGES = 5
"""In a row; then it fails: what spoils it may lie in the story itself."""
SPOILT = ErrorEvent(
    code=ErrorCode.TOO_MANY_ATTEMPTS,
    detail="The story was written several times and each time what was kept of it was damaged.",
)
BOUND = (MOST_DAMAGES, SPOILT.model_dump_json())
