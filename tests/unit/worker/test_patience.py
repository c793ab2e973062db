"""Whatever becomes of Redis, every part of a step is made once and all of it is written."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from services.worker import patience
from services.worker.patience import PatientLog
from shared.errors import StoreUnavailableError
from shared.joblog import Command, JobLog

PARTS = [[Command((str(n), "x"), int), Command((str(n), "y"), int)] for n in range(3)]
WHOLE = [command for part in PARTS for command in part]


class Away(JobLog):
    """Breaks off after the first part, and then refuses so many times."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def run_in_parts(self, parts: Iterable[Sequence[Command[Any]]]) -> list[Any]:
        next(iter(parts))
        raise StoreUnavailableError("away")

    def run_all(self, commands: Sequence[Command[Any]]) -> list[Any]:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailableError("away")
        return [command.parse(number) for number, command in enumerate(commands)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.001)


@pytest.mark.parametrize("refusals", [0, 1, 3])
def test_all_parts_are_sent_again_as_one(refusals: int) -> None:
    waits: list[None] = []
    log = PatientLog(Away(refusals), leaving=threading.Event(), on_wait=lambda: waits.append(None))
    made = []

    def parts() -> Iterator[Sequence[Command[int]]]:
        for part in PARTS:
            made.append(part)
            yield part

    assert log.run_in_parts(parts()) == list(range(len(WHOLE)))
    assert made == PARTS
    assert len(waits) == 1 + refusals


def test_who_leaves_meanwhile_is_told_by_no_answers() -> None:
    leaving = threading.Event()
    log = PatientLog(Away(99), leaving=leaving, on_wait=leaving.set)
    assert log.run_in_parts(PARTS) == []
