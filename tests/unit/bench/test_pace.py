import pytest

from tests.bench.engine import case as case_module
from tests.bench.engine.case import Pace


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(case_module, "time", clock)
    return clock


def test_pace_counts_only_while_all_streams_write(clock: Clock) -> None:
    pace = Pace(2, tokens=3, seconds=100)
    for now, streams in ((1, [0]), (2, [0, 1]), (3, [0, 1]), (4, [0, 1]), (5, [0, 1]), (9, [1])):
        clock.now = now
        pace.tick(streams)
    # Both write from 2 on and have three more tokens at 5; what comes later is not counted.
    assert pace.sample() == {"tokens/s": 6 / 3, "prefill, ms": 2000}


def test_stream_that_ends_by_itself_ends_the_pace(clock: Clock) -> None:
    pace = Pace(2, tokens=100, seconds=100)
    for now in (1, 2):
        clock.now = now
        pace.tick([0, 1])
    pace.close()
    clock.now = 9
    pace.tick([1])
    assert pace.sample() == {"tokens/s": 2, "prefill, ms": 1000}


def test_pace_is_over_when_its_time_is_up(clock: Clock) -> None:
    pace = Pace(1, tokens=1000, seconds=10)
    for now in (1, 11, 12):
        clock.now = now
        pace.tick([0])
        assert pace.over == (now == 12)


def test_too_few_tokens_give_no_pace(clock: Clock) -> None:
    pace = Pace(2, tokens=1, seconds=10)
    pace.tick([0])
    with pytest.raises(RuntimeError, match="too few tokens"):
        pace.sample()
