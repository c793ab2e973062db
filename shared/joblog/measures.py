"""What was measured of a model's stories while they were written."""

from shared.joblog import keys, parsing
from shared.joblog.command import Command
from shared.joblog.records import Backlog, Estimated, Foretold, Statistics
from shared.joblog.scripts import transition
from shared.schemas import Priority

FIRST_TOKENS_KEPT = 200
WAITING_LOOKED_AT = 1_000
"""Of each queue; it takes Redis some milliseconds."""


def backlog(model: str, *, looked_at: int = WAITING_LOOKED_AT) -> Command[Backlog]:
    """How much there is to do; of a longer queue the tokens are extrapolated."""
    queues = [keys.waiting(model, priority) for priority in Priority]
    return transition("backlog", [*queues, keys.LEASES], [model, looked_at], parsing.backlog)


def statistics(model: str) -> Command[Statistics]:
    names = ("stories", "sized", "shares", "shares_squared", "paces", "pace")
    return Command(("HMGET", keys.statistics(model), *names), parsing.statistics)


def foretell(job_id: str, foretold: Foretold) -> Command[bool]:
    """Keep what the caller of a waiting job is told, to be compared with its first token."""
    return transition("foretell", [keys.job(job_id)], [str(foretold)], bool)


def estimates(model: str) -> Command[list[Estimated]]:
    """What was foretold of the model's last stories, newest first."""
    return Command(("LRANGE", keys.estimates(model), 0, -1), parsing.estimates)


def first_tokens(model: str) -> Command[list[float]]:
    """Seconds from acceptance to the first token of the model's last stories, newest first."""
    return Command(("LRANGE", keys.first_tokens(model), 0, -1), parsing.numbers)
