"""The numbers that both a picture and a table show. Pure."""

from shared.evaluation import LABELS
from shared.opinions import RatedDay


def label(measure: str) -> str:
    """What a measure is called; one that we do not know keeps its name."""
    return next((words for known, words in LABELS.items() if known == measure), measure)


def mean_stars(day: RatedDay) -> float | None:
    given = sum(day.stars)
    return sum(stars * times for stars, times in enumerate(day.stars, 1)) / given if given else None


def thumbs_up(day: RatedDay) -> float | None:
    """The share of the thumbs."""
    given = day.thumbs_up + day.thumbs_down
    return day.thumbs_up / given if given else None
