"""Jobs that are to end once nobody follows them: `cancel_on_disconnect`."""

from collections.abc import Sequence

from shared.joblog import keys
from shared.joblog.command import Command
from shared.joblog.scripts import transition

GRACE_SECONDS = 15.0
"""For a reader to come back in, and for the first one to come; part of the API's promise."""
ROUND_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 3 * ROUND_SECONDS
"""After a longer one, an outage, every job is given its grace anew: its followers could not be
noted."""
LOOKED_AT = 1_000
"""At a time."""


def attend(
    followed: Sequence[str],
    *,
    grace_seconds: float = GRACE_SECONDS,
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
) -> Command[list[str]]:
    """Say which jobs somebody follows; answers those that nobody has for so long.

    They are for the caller to cancel, and are answered until they have ended.
    """
    return transition(
        "attend",
        [keys.NEED_FOLLOWER, keys.ATTENDED_AT],
        [grace_seconds, longest_pause_seconds, LOOKED_AT, *followed],
        list,
    )
