"""A worker knows how fast it is with all slots in use before anybody has waited for one."""

import time
from pathlib import Path

import pytest

from services.worker.engine import Engine, SequenceRequest, StepOutput
from services.worker.trial import STEPS, full_rate
from shared.sampling import SamplingParams

SLOTS, STEP_SECONDS = 4, 0.02


@pytest.fixture
def engine(tiny_model: Path) -> Engine:
    return Engine.load(str(tiny_model), dtype="float32", max_batch=SLOTS, threads=1)


def test_rate_is_that_of_all_slots(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    step = engine.step

    def rested() -> list[StepOutput]:
        time.sleep(STEP_SECONDS)
        return step()

    monkeypatch.setattr(engine, "step", rested)  # a pace of its own on any machine
    began = time.perf_counter()
    rate = full_rate(engine)
    steps_a_second = (STEPS + 1) / (time.perf_counter() - began)
    assert steps_a_second < rate <= SLOTS / STEP_SECONDS


def test_trial_leaves_all_slots_free_and_no_trace_in_a_story(engine: Engine) -> None:
    def story() -> list[int | None]:
        engine.add_request(
            SequenceRequest("a", "fox", sampling=SamplingParams(), seed=1, token_budget=8)
        )
        return [output.token for _ in range(8) for output in engine.step()]

    before = story()
    engine.abort("a")
    full_rate(engine)
    assert (engine.has_work, engine.free_slots) == (False, SLOTS)
    assert story() == before
