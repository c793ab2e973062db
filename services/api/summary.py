"""All that a caller said, in numbers. Pure: knows neither tables nor HTTP."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.bradley_terry import Game, ranked
from shared.opinions import OpinionSummary, RatedDay, Thumbs


@dataclass(frozen=True, slots=True)
class Said:
    """One opinion of a story that this model wrote."""

    moment: float
    """Unix time, seconds."""
    model: str
    rating: int | None
    thumbs: Thumbs | None


def summarize(said: Iterable[Said], games: Sequence[Game]) -> OpinionSummary:
    """May take seconds: models that are hard to tell apart are ranked in many small steps."""
    return OpinionSummary(days=rated_days(said), standings=ranked(games), comparisons=len(games))


def rated_days(said: Iterable[Said]) -> list[RatedDay]:
    """One for each day and model of which anything was said; oldest first, models by name."""
    groups = defaultdict[tuple[str, str], list[Said]](list)
    for one in said:
        day = datetime.fromtimestamp(one.moment, UTC).date().isoformat()
        groups[day, one.model].append(one)
    return [_rated_day(day, model, groups[day, model]) for day, model in sorted(groups)]


def _rated_day(day: str, model: str, said: Sequence[Said]) -> RatedDay:
    ratings = [one.rating for one in said]
    thumbs = [one.thumbs for one in said]
    return RatedDay(
        day=day,
        model=model,
        opinions=len(said),
        stars=[ratings.count(stars) for stars in range(1, 6)],
        thumbs_up=thumbs.count(Thumbs.UP),
        thumbs_down=thumbs.count(Thumbs.DOWN),
    )
