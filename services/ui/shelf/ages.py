"""Times as people say them: how long ago, and in full."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS = (
    (_MINUTE, _HOUR, "minute"),
    (_HOUR, _DAY, "hour"),
    (_DAY, 30 * _DAY, "day"),
    (30 * _DAY, 365 * _DAY, "month"),
)


def ago(seconds: float) -> str:
    """A time that lies this far back. A clock that runs ahead makes it no future."""
    if seconds < _MINUTE:
        return "just now"
    for unit, limit, noun in _STEPS:
        if seconds < limit:
            return _count(seconds, unit, noun)
    return _count(seconds, 365 * _DAY, "year")


def in_full(moment: float, zone: tzinfo) -> str:
    """`moment` is Unix time."""
    return datetime.fromtimestamp(moment, zone).strftime("%d %B %Y, %H:%M %Z")


def zone_of(name: str | None) -> tzinfo:
    """The zone that a browser names; UTC if it names none, or one that nobody knows here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # unknown, no name at all, or a folder of zones
        return UTC


def _count(seconds: float, unit: int, noun: str) -> str:
    number = int(seconds // unit)
    return f"{number} {noun}{'' if number == 1 else 's'} ago"
