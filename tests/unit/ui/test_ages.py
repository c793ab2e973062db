"""Times in words, and the zones that browsers name."""

from datetime import UTC

import pytest

from services.ui.shelf.ages import ago, in_full, zone_of

HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (5 * 60 + 59, "5 minutes ago"),
        (HOUR - 1, "59 minutes ago"),
        (HOUR, "1 hour ago"),
        (DAY - 1, "23 hours ago"),
        (29 * DAY, "29 days ago"),
        (30 * DAY, "1 month ago"),
        (364 * DAY, "12 months ago"),
        (365 * DAY, "1 year ago"),
        (800 * DAY, "2 years ago"),
    ],
)
def test_how_long_ago(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_full_time_is_the_readers() -> None:
    assert in_full(0, zone_of("Asia/Tokyo")) == "01 January 1970, 09:00 JST"


@pytest.mark.parametrize("name", [None, "", "Nowhere/At_All", "../etc/passwd", "Europe", "\0", "/"])
def test_what_is_no_zone_counts_as_utc(name: str | None) -> None:
    assert zone_of(name) is UTC
