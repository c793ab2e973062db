"""Whatever becomes of Redis, every part of a step is made once and all of it is written."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from services.worker import patience
from services.worker.patience import PatientLog
from shared.errors import StoreUnavailableError
from shared.joblog import Command, JobLog
from shared.joblog.pipeline import Pipeline

PARTS = [[Command((str(n), "x"), int), Command((str(n), "y"), int)] for n in range(3)]
WHOLE = [command for part in PARTS for command in part]
ANSWERS = list(range(len(WHOLE)))


class Cut(Pipeline):
    """Breaks off when so many parts are sent, or else when it is asked for answers."""

    def __init__(self, parts: int) -> None:
        self.parts = parts

    def send(self, commands: Sequence[Command[Any]]) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise StoreUnavailableError("away")

    def answers(self, count: int) -> list[Any]:
        raise StoreUnavailableError("away")


class Away(JobLog):
    """Refuses so many times. Commands are answered with their place among all."""

    def __init__(self, refusals: int, *, parts: int = 1) -> None:
        self.refusals = refusals
        self.parts = parts

    def pipeline(self) -> Pipeline:
        return Cut(self.parts)

    def run_all(self, commands: Sequence[Command[Any]]) -> list[Any]:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailableError("away")
        return [command.parse(WHOLE.index(command)) for command in commands]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.001)


@pytest.mark.parametrize("parts", [0, 1, 3])
@pytest.mark.parametrize("refusals", [0, 1, 3])
def test_all_parts_are_sent_again_as_one(refusals: int, parts: int) -> None:
    waits: list[None] = []
    away = Away(refusals, parts=parts)
    log = PatientLog(away, leaving=threading.Event(), on_wait=lambda: waits.append(None))
    made = []

    def made_one_by_one() -> Iterator[Sequence[Command[int]]]:
        for part in PARTS:
            made.append(part)
            yield part

    log.send(made_one_by_one())
    assert log.answers(len(WHOLE)) == ANSWERS
    assert made == PARTS
    assert len(waits) == 1 + refusals


def test_steps_are_answered_in_their_turn_also_if_they_were_sent_again_together() -> None:
    log = PatientLog(Away(1), leaving=threading.Event(), on_wait=lambda: None)
    log.send(PARTS[:1])
    log.send(PARTS[1:2])
    assert log.answers(2) == ANSWERS[:2]
    log.send(PARTS[2:])
    assert log.answers(2) == ANSWERS[2:4]
    assert log.answers(2) == ANSWERS[4:]


def test_answers_can_be_late_for_a_step(joblog: JobLog) -> None:
    log = PatientLog(joblog, leaving=threading.Event(), on_wait=lambda: None)
    for item in "abc":
        log.send([[Command(("RPUSH", "list", item), int)]])
    assert [log.answers(1) for _ in "abc"] == [[1], [2], [3]]
    log.send([[]])
    assert log.answers(0) == []


def test_who_leaves_meanwhile_is_told_by_no_answers() -> None:
    leaving = threading.Event()
    log = PatientLog(Away(99), leaving=leaving, on_wait=leaving.set)
    log.send(PARTS[:2])
    log.send(PARTS[2:])
    assert log.answers(4) == []
    assert log.answers(2) == []
