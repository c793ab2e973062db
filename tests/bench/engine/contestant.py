"""What an engine must be able to do to be measured."""

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol

from tests.bench.engine.case import Case, Pace, useful_rate


class Contestant(Protocol):
    def write(self, prompts: Sequence[str], tokens: int, pace: Pace) -> None:
        """Write behind every prompt, side by side: so many tokens, or until the pace is over."""

    def churn(self, prompts: Sequence[str], lengths: Sequence[int], slots: int) -> None:
        """Write stories of these lengths, at most `slots` at a time."""


class StaticBatches(ABC):
    """Those whose batch stays together: a group goes on until its longest story is written."""

    @abstractmethod
    def write(self, prompts: Sequence[str], tokens: int, pace: Pace) -> None:
        """As any contestant."""

    def churn(self, prompts: Sequence[str], lengths: Sequence[int], slots: int) -> None:
        for group in _groups(list(zip(prompts, lengths, strict=True)), slots):
            longest = max(length for _, length in group)
            whole = Pace(len(group), tokens=longest, seconds=float("inf"))
            self.write([prompt for prompt, _ in group], longest, whole)


def measure(contestant: Contestant, case: Case, prompts: Sequence[str]) -> dict[str, float]:
    if case.kind == "churn":
        began = time.perf_counter()
        contestant.churn(prompts, case.lengths, case.streams)
        return useful_rate(case.lengths, time.perf_counter() - began)
    pace = Pace(case.streams, tokens=case.tokens - 1, seconds=case.seconds)
    contestant.write(prompts, case.tokens, pace)
    return pace.sample()


def warm_up(contestant: Contestant, prompts: Sequence[str]) -> None:
    """A few tokens with as many streams; nobody is measured cold."""
    contestant.write(prompts, 3, Pace(len(prompts), tokens=2, seconds=float("inf")))


def _groups(stories: list[tuple[str, int]], size: int) -> Iterator[list[tuple[str, int]]]:
    rest = iter(stories)
    while group := list(itertools.islice(rest, size)):
        yield group
