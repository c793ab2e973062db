"""What estimates learn from how the last ones held."""

import math
import random
from collections.abc import Sequence

import pytest

from services.api.calibration import NEAREST, SHORTEST, Z90, calibration, foretold, quantile
from shared.joblog import Estimated, Foretold
from shared.jobs import Eta
from shared.operations import Calibration

AT_ONCE, QUEUED = Eta(p50=0.0, p90=0.0), Eta(p50=2.0, p90=4.0)


def came(raw: Eta, seconds: float, *, before: int = 0) -> Estimated:
    return Estimated(Foretold(before, raw.p50, raw.p90, raw.p50, raw.p90), seconds)


def told_now(raw: Eta, outcomes: Sequence[Estimated], *, before: int = 0) -> Foretold:
    return foretold(raw, outcomes, before=before)


def test_share_that_began_in_time_is_counted() -> None:
    assert calibration([]) is None
    told = [came(QUEUED, seconds) for seconds in (1.0, 2.0, 3.0, 5.0)]
    assert calibration(told) == Calibration(stories=4, within_p50=0.5, within_p90=0.75)


def test_raw_interval_is_told_while_nothing_is_known() -> None:
    told = told_now(QUEUED, [])
    assert told.p50 == pytest.approx(QUEUED.p50, rel=0.03)
    assert told.p90 == pytest.approx(QUEUED.p90, rel=0.03)
    told = told_now(AT_ONCE, [])
    assert (told.p50, told.p90) == (0, 0)


def test_few_waits_change_little_and_many_much() -> None:
    few, many = (told_now(QUEUED, [came(QUEUED, 16.0)] * count) for count in (5, 200))
    assert QUEUED.p90 < few.p90 < 1.1 * QUEUED.p90
    assert many.p50 > 1.9 * QUEUED.p50
    assert many.p90 == pytest.approx(16.0, rel=0.05), "and no wait was longer"


def test_how_far_a_wait_was_off_does_not_matter() -> None:
    """As of a worker that hung: however long, it is one of many."""
    late, very_late = (told_now(QUEUED, [came(QUEUED, seconds)] * 40) for seconds in (16.0, 900.0))
    assert late.p90 == very_late.p90
    # As the raw interval of a wait that is hardly longer than a start: all lie far out of it.
    narrow = Eta(p50=2.0, p90=2.001)
    assert told_now(QUEUED, [came(narrow, 2.5)] * 40).p90 == late.p90


def test_free_slot_is_as_fast_as_it_was() -> None:
    waits = [came(AT_ONCE, 0.1)] * 6 + [came(AT_ONCE, 0.3)] * 4
    told = told_now(AT_ONCE, [*waits, came(QUEUED, 70.0)])
    assert (told.p50, told.p90) == (0.1, 0.3)
    assert (told.raw_p50, told.raw_p90) == (0, 0)


def test_slot_and_then_as_long_as_with_a_free_one() -> None:
    waits = [came(AT_ONCE, 0.5)] * 6 + [came(AT_ONCE, 1.0)] * 4
    told = told_now(QUEUED, waits)
    assert (told.raw_p50, told.raw_p90) == (2.5, 5.0)


def test_waits_of_other_lengths_teach_as_where_in_their_intervals_they_came_to_lie() -> None:
    """Always at the ends of theirs, and once more as far."""
    outcomes = [came(Eta(p50=10.0, p90=30.0), 30.0)] * 200
    assert told_now(QUEUED, outcomes).p90 == pytest.approx(QUEUED.p90, rel=0.03)
    outcomes = [came(Eta(p50=10.0, p90=20.0), 40.0)] * 200
    assert told_now(QUEUED, outcomes).p90 == pytest.approx(2 * QUEUED.p90, rel=0.03)


def test_intervals_that_were_missed_widen_and_those_that_always_held_narrow() -> None:
    def told_after(p50: float) -> float:
        outcomes = [came(Eta(p50=p50, p90=2 * p50), 20.0)] * 60
        return told_now(QUEUED, outcomes).p90

    assert told_after(5.0) > 1.5 * QUEUED.p90
    assert 0.8 * QUEUED.p90 < told_after(15.0) < 0.95 * QUEUED.p90


def test_rush_that_was_late_is_made_up_for_and_not_more() -> None:
    """It was 3.4 times as late as the middle: those after it were once told 5.4 times theirs."""
    late, usual = (came(Eta(p50=10.0, p90=20.0), seconds) for seconds in (34.0, 10.0))
    told = told_now(QUEUED, [*[usual] * 50, *[late] * 20, *[usual] * 30])
    assert told.p90 < 2.4 * QUEUED.p50


def test_first_starts_are_as_fast_as_the_fastest_story_or_read_one_after_the_other() -> None:
    told = foretold(AT_ONCE, [], before=3, fastest=0.1)
    assert (told.p50, told.p90) == pytest.approx((0.1, 0.4))
    told = foretold(QUEUED, [], before=30, fastest=0.1)
    assert (told.raw_p50, told.raw_p90) == pytest.approx((2.1, 4.1))
    told = foretold(AT_ONCE, [came(AT_ONCE, 0.2)], before=3, fastest=0.1)
    assert (told.p50, told.p90) == (0.2, 0.2), "it is known"


@pytest.mark.parametrize("seconds", [-3600.0, -3.0, -QUEUED.p50, 0.0])
def test_start_by_a_clock_that_was_set_back_counts_as_the_shortest(seconds: float) -> None:
    """The raw interval would begin below nothing, or at it."""
    known, shortest = (told_now(QUEUED, [came(AT_ONCE, each)]) for each in (seconds, SHORTEST))
    assert known == shortest
    told = told_now(AT_ONCE, [came(AT_ONCE, seconds)])
    assert (told.p50, told.p90) == (SHORTEST, SHORTEST)


@pytest.mark.parametrize("seconds", [-3600.0, -3.0, -QUEUED.p50])
def test_first_token_by_a_clock_that_was_set_back_counts_as_the_fastest(seconds: float) -> None:
    for raw in (AT_ONCE, QUEUED):
        told = foretold(raw, [], before=3, fastest=seconds)
        assert told == foretold(raw, [], before=3, fastest=SHORTEST)


def test_interval_of_which_a_clock_that_was_set_back_was_part_teaches_nothing() -> None:
    spoilt = [came(Eta(p50=p50, p90=1.0), 2.0) for p50 in (-1.0, 0.0, 1.0)]
    assert told_now(QUEUED, spoilt) == told_now(QUEUED, [])


def test_rush_is_told_apart_from_a_quiet_hour() -> None:
    """Both with a free slot; and the other way round, whichever was last."""
    rush = [came(AT_ONCE, 30.0, before=12)] * NEAREST
    quiet = [came(AT_ONCE, 0.1)] * NEAREST
    for outcomes in ([*rush, *quiet], [*quiet, *rush]):
        assert told_now(AT_ONCE, outcomes).p90 == 0.1
        assert told_now(AT_ONCE, outcomes, before=11).p50 == 30.0


def test_one_rush_that_was_fast_does_not_make_the_next_estimate_bold() -> None:
    """All of it was right or wrong together: it is a single experience."""
    told = told_now(QUEUED, [came(QUEUED, 0.4)] * 60)
    assert told.p90 > QUEUED.p50


@pytest.mark.parametrize("spread", [0.2, 0.5])
def test_intervals_hold_what_they_say_whatever_the_truth_is(spread: float) -> None:
    """A wait of 1.3 times the model's, with a spread of which the model knows nothing.

    Its intervals are at their narrowest.
    """
    chance, outcomes = random.Random(4), list[Estimated]()
    for _ in range(1_000):
        raw = chance.uniform(0.5, 20)
        told = told_now(Eta(p50=raw, p90=1.8 * raw), outcomes[:200])
        outcomes.insert(0, Estimated(told, 1.3 * raw * chance.lognormvariate(0, spread)))
    held = calibration(outcomes[:800])
    assert held is not None
    assert 0.85 <= held.within_p90 <= 0.97
    assert held.within_p50 == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_intervals_hold_when_rushes_of_another_length_and_at_another_pace_come(seed: int) -> None:
    """Sixty at a time that are foretold together: the pace is off for all of them alike."""
    chance, outcomes = random.Random(seed), list[Estimated]()
    for _ in range(60):
        pace, length = chance.lognormvariate(0, 0.3), chance.choice([1.0, 10.0])
        told = [
            told_now(Eta(p50=p50, p90=p50 * math.exp(Z90 * 0.35)), outcomes[:200])
            for p50 in (length * (1 + turn) for turn in range(4))
        ]
        outcomes[:0] = [
            Estimated(each, each.raw_p50 * pace * chance.lognormvariate(0, 0.2))
            for each in told * 15
        ]
    held = calibration(outcomes)
    assert held is not None
    assert 0.85 <= held.within_p90 <= 0.97


def test_quantile_leaves_room_for_the_one_to_come() -> None:
    assert quantile(range(1, 10), 0.5) == 5
    assert quantile(range(1, 20), 0.9) == 18
    assert quantile([7.0], 0.9) == 7
