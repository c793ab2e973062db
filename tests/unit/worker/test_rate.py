"""How fast a worker writes, and how fast it would if all its slots were in use."""

from services.worker.rate import Rate


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def steps(rate: Rate, clock: Clock, *written: int) -> None:
    """Four a second, of four slots."""
    for tokens in written:
        clock.seconds += 0.25
        rate.count(tokens, slots=4)


def test_rate_is_that_of_the_last_second() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 1, 1, 1)
    assert rate.value == 0
    steps(rate, clock, 1)
    assert rate.value == 4
    steps(rate, clock, 4, 4, 0, 4)
    assert rate.value == 12


def test_rate_with_all_slots_is_told_once_for_each_measurement() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 4, 4, 0, 4)
    assert (rate.take_full(), rate.take_full()) == (12, 0)
    steps(rate, clock, 4, 4, 0, 2)
    assert (rate.value, rate.take_full()) == (10, 0)
    clock.seconds += 60
    steps(rate, clock, 4, 4, 4)
    assert (rate.value, rate.take_full()) == (10, 0), "it stood idle"
