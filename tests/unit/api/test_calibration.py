"""What estimates learn from how the last ones held."""

import random
from collections.abc import Sequence

import pytest

from services.api.calibration import LEAST, NEAREST, calibration, foretold, quantile
from shared.joblog import Estimated, Foretold
from shared.jobs import Eta
from shared.operations import Calibration

AT_ONCE, QUEUED = Eta(p50=0.0, p90=0.0), Eta(p50=2.0, p90=4.0)


def came(raw: Eta, seconds: float, *, before: int = 0, rate: float = 50.0) -> Estimated:
    return Estimated(Foretold(before, rate, raw.p50, raw.p90, raw.p50, raw.p90), seconds)


def told_now(
    raw: Eta, outcomes: Sequence[Estimated], *, before: int = 0, rate: float = 50.0
) -> Foretold:
    return foretold(raw, outcomes, before=before, rate=rate)


def test_share_that_began_in_time_is_counted() -> None:
    assert calibration([]) is None
    told = [came(QUEUED, seconds) for seconds in (1.0, 2.0, 3.0, 5.0)]
    assert calibration(told) == Calibration(stories=4, within_p50=0.5, within_p90=0.75)


def test_raw_interval_is_told_until_enough_is_known() -> None:
    told = told_now(QUEUED, [came(QUEUED, 9.0)] * (LEAST - 1))
    assert (told.p50, told.p90) == (QUEUED.p50, QUEUED.p90)
    told = told_now(AT_ONCE, [])
    assert (told.p50, told.p90) == (0, 0)


def test_free_slot_is_as_fast_as_it_was() -> None:
    waits = [came(AT_ONCE, 0.1)] * 6 + [came(AT_ONCE, 0.3)] * 4
    told = told_now(AT_ONCE, [*waits, came(QUEUED, 70.0)])
    assert (told.p50, told.p90) == (0.1, 0.3)
    assert (told.raw_p50, told.raw_p90) == (0, 0)


def test_estimate_that_was_always_half_of_the_truth_is_doubled() -> None:
    told = told_now(Eta(p50=5.0, p90=10.0), [came(QUEUED, 8.0)] * LEAST)
    assert (told.p50, told.p90) == (20.0, 20.0)


def test_rush_is_told_apart_from_a_quiet_hour() -> None:
    """Both with a free slot; and the other way round, whichever was last."""
    rush = [came(AT_ONCE, 30.0, before=12)] * NEAREST
    quiet = [came(AT_ONCE, 0.1)] * NEAREST
    for outcomes in ([*rush, *quiet], [*quiet, *rush]):
        assert told_now(AT_ONCE, outcomes).p90 == 0.1
        assert told_now(AT_ONCE, outcomes, before=11).p50 == 30.0


def test_long_waits_are_corrected_by_long_ones() -> None:
    short, long = Eta(p50=0.5, p90=1.0), Eta(p50=50.0, p90=100.0)
    outcomes = [came(short, 3.0)] * NEAREST + [came(long, 180.0)] * NEAREST
    assert told_now(short, outcomes).p90 == pytest.approx(3.0)
    assert told_now(long, outcomes).p90 == pytest.approx(180.0)


def test_what_was_reckoned_with_a_rate_far_off_teaches_nothing() -> None:
    """A worker that has written one story at a time is not known to be as fast when full."""
    outcomes = [came(QUEUED, 40.0, rate=10.0)] * NEAREST
    told = told_now(QUEUED, outcomes, rate=50.0)
    assert (told.p50, told.p90) == (QUEUED.p50, QUEUED.p90)
    assert told_now(QUEUED, outcomes, rate=12.0).p90 == pytest.approx(40.0)


def test_short_waits_of_a_time_when_less_was_known_shorten_nothing() -> None:
    """Whole budgets were reckoned with; by now the model knows itself that half of them is used."""
    told = told_now(QUEUED, [came(QUEUED, 0.4)] * NEAREST)
    assert (told.p50, told.p90) == (QUEUED.p50, QUEUED.p90)


def test_intervals_hold_what_they_say_whatever_the_truth_is() -> None:
    """A wait of twice the model's, with a spread of which the model knows nothing."""
    chance, outcomes = random.Random(4), list[Estimated]()
    for _ in range(1_000):
        raw = chance.uniform(0.5, 20)
        told = told_now(Eta(p50=raw, p90=1.5 * raw), outcomes[:200])
        outcomes.insert(0, Estimated(told, 2 * raw * chance.lognormvariate(0, 0.5)))
    held = calibration(outcomes[:800])
    assert held is not None
    assert held.within_p90 == pytest.approx(0.9, abs=0.03)
    assert held.within_p50 == pytest.approx(0.5, abs=0.05)


def test_quantile_leaves_room_for_the_one_to_come() -> None:
    assert quantile(range(1, 10), 0.5) == 5
    assert quantile(range(1, 20), 0.9) == 18
    assert quantile([7.0], 0.9) == 7
