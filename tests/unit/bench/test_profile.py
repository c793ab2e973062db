"""The limits that a step is compared with."""

from collections.abc import Iterator

import pytest
import torch

from tests.bench.engine import profile
from tests.bench.engine.profile import HOPELESS, ROUNDS, fastest, limits


class Way:
    def __init__(self, *seconds: float) -> None:
        self._seconds = seconds
        self.rounds = 0

    def __call__(self) -> float:
        self.rounds += 1
        return self._seconds[min(self.rounds, len(self._seconds)) - 1]


@pytest.fixture(autouse=True)
def _ways_say_how_long_they_take(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(profile, "_seconds", lambda way: way() if isinstance(way, Way) else 1.0)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_best_round_of_the_best_way_counts() -> None:
    assert fastest(Way(3.0, 2.0, 4.0), Way(9.0, 1.5, 8.0)) == 1.5
    assert fastest(Way(1.0), Way(2.0)) == 1.0


def test_a_hopeless_way_is_tried_once() -> None:
    plain, hopeless, slow = Way(1.0), Way(HOPELESS + 1.0), Way(HOPELESS - 1.0)
    assert fastest(plain, hopeless, slow) == 1.0
    assert (plain.rounds, hopeless.rounds, slow.rounds) == (ROUNDS, 1, ROUNDS)


def test_bytes_that_torch_multiplies_slowly_do_not_raise_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on processors with AVX2 alone, where a step took a thirtieth of what was its limit."""
    ways = {torch.float32: Way(1.0), torch.int8: Way(60.0)}
    monkeypatch.setattr(profile, "_product", ways.get)
    for name in ("ROWS", "COLUMNS", "SQUARE"):
        monkeypatch.setattr(profile, name, 4)
    found = limits(64, 2, torch.int8)
    assert found["limit by arithmetic, ms"] == 1000 * 64 * 2 / 4**3
    assert ways[torch.int8].rounds == 1
