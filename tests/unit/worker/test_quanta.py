import time
from collections import Counter

from services.worker.engine import StepOutput
from services.worker.quanta import Quanta
from services.worker.story import ModelIdentity, Story
from services.worker.watching import StoryWatch
from services.worker.writing import Writing, Writings
from shared.joblog import Claim
from shared.metrics import WorkerMetrics
from tests.jobs import job_spec

CLAIM = Claim("a", 1, job_spec(), "k", age_seconds=0.0)
MODEL = ModelIdentity("tiny", "m" * 64, "t" * 64)
QUANTUM = 4


def begin(writings: Writings) -> Writing:
    watch = StoryWatch(CLAIM, WorkerMetrics(), asked_ns=time.time_ns(), written=0)
    writing = Writing(Story(CLAIM, [], MODEL), watch)
    writings.add(writing)
    return writing


def draw(writing: Writing, drawn: Counter[str]) -> None:
    drawn[writing.story.key] += 1
    index = drawn[writing.story.key]
    writing.story.record(StepOutput(id="a", index=index, token=9, text="é", finish_reason=None))


def test_each_is_due_once_a_quantum_whenever_it_began() -> None:
    writings, drawn, quanta = Writings(), Counter[str](), Quanta(QUANTUM)
    early = begin(writings)
    late, due = None, []
    for step in range(1, 14):
        if step == 3:
            late = begin(writings)
        for each in writings.those():
            draw(each, drawn)
        due += [(step, each) for each in quanta.due(writings, lambda key: drawn[key])]
    assert due == [(4, early), (6, late), (8, early), (10, late), (12, early)]


def test_one_that_has_told_nothing_is_due_behind_its_first_token() -> None:
    writings, drawn, quanta = Writings(), Counter[str](), Quanta(QUANTUM)
    writing = begin(writings)
    for _ in range(QUANTUM + 2):
        drawn[writing.story.key] += 1
        assert quanta.due(writings, lambda key: drawn[key]) == []
    draw(writing, drawn)
    assert quanta.due(writings, lambda key: drawn[key]) == [writing]


def test_without_a_quantum_none_is_ever_due() -> None:
    writings, drawn, quanta = Writings(), Counter[str](), Quanta(0)
    writing = begin(writings)
    for _ in range(3):
        draw(writing, drawn)
        assert quanta.due(writings, lambda key: drawn[key]) == []
