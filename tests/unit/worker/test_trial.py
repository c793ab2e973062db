"""A worker knows how fast it is with all slots in use before anybody has waited for one."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from services.worker.engine import Engine, SequenceRequest, StepOutput
from services.worker.trial import STEPS, full_rate
from shared.connections import connect
from shared.errors import StoreUnavailableError
from shared.joblog import Command, JobLog, Verdict
from shared.sampling import SamplingParams
from tests.processes import free_port
from tests.unit.worker.tiny_model import build_tiny_model

SLOTS, STEP_SECONDS = 4, 0.02


@pytest.fixture
def engine(tiny_model: Path) -> Engine:
    return Engine.load(str(tiny_model), dtype="float32", max_batch=SLOTS, threads=1)


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()


def test_rate_is_that_of_all_slots(
    engine: Engine, joblog: JobLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = engine.step

    def rested() -> list[StepOutput]:
        time.sleep(STEP_SECONDS)
        return step()

    monkeypatch.setattr(engine, "step", rested)  # a pace of its own on any machine
    began = time.perf_counter()
    rate = full_rate(engine, joblog)
    steps_a_second = (STEPS + 1) / (time.perf_counter() - began)
    assert steps_a_second < rate <= SLOTS / STEP_SECONDS


def test_time_of_the_log_counts(
    engine: Engine, joblog: JobLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all = joblog.run_all

    def rested(batch: Sequence[Command[Verdict]]) -> list[Verdict]:
        assert len(batch) == SLOTS
        time.sleep(STEP_SECONDS)
        return run_all(batch)

    monkeypatch.setattr(joblog, "run_all", rested)
    assert full_rate(engine, joblog) <= SLOTS / STEP_SECONDS


def test_model_of_a_short_context_is_tried_as_well(
    joblog: JobLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.worker.tiny_model.CONTEXT", STEPS)
    model = build_tiny_model(tmp_path / "short")
    engine = Engine.load(str(model), dtype="float32", max_batch=SLOTS, threads=1)
    assert full_rate(engine, joblog) > 0


def test_trial_without_a_log_leaves_all_slots_free(engine: Engine) -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError):
        full_rate(engine, JobLog(client))
    assert (engine.has_work, engine.free_slots) == (False, SLOTS)
    client.close()


def test_trial_leaves_all_slots_free_and_no_trace_in_a_story(
    engine: Engine, joblog: JobLog, redis_url: str
) -> None:
    def story() -> list[int | None]:
        engine.add_request(
            SequenceRequest("a", "fox", sampling=SamplingParams(), seed=1, token_budget=8)
        )
        return [output.token for _ in range(8) for output in engine.step()]

    before = story()
    engine.abort("a")
    full_rate(engine, joblog)
    assert (engine.has_work, engine.free_slots) == (False, SLOTS)
    assert story() == before
    with contextlib.closing(connect(redis_url)) as client:
        assert client.keys() == []
