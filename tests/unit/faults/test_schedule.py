"""A schedule comes of its seed alone, and every fault has its turn."""

from tests.faults.faults import FAULTS
from tests.faults.nemesis import schedule

ALL = list(FAULTS)


def test_same_seed_is_the_same_schedule() -> None:
    assert schedule(3, ALL, seconds=8) == schedule(3, ALL, seconds=8)
    assert schedule(3, ALL, seconds=8) != schedule(4, ALL, seconds=8)


def test_fifty_seeds_draw_every_fault_in_time() -> None:
    planned = [each for seed in range(1, 51) for each in schedule(seed, ALL, seconds=8)]
    assert {each.fault for each in planned} == set(FAULTS)
    for each in planned:
        assert 0 < each.at <= 8
        assert FAULTS[each.fault].shortest <= each.seconds <= FAULTS[each.fault].longest
