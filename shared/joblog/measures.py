"""What was measured of a model's stories while they were written."""

from shared.joblog import keys, parsing
from shared.joblog.command import Command
from shared.joblog.records import Statistics

FIRST_TOKENS_KEPT = 200


def statistics(model: str) -> Command[Statistics]:
    return Command(
        ("HMGET", keys.statistics(model), "stories", "tokens", "tokens_squared"),
        parsing.statistics,
    )


def first_tokens(model: str) -> Command[list[float]]:
    """Seconds from acceptance to the first token of the model's last stories, newest first."""
    return Command(("LRANGE", keys.first_tokens(model), 0, -1), parsing.numbers)
