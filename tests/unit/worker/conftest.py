"""The tiny model that every test of the worker may load, and engine threads that run it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.worker.engine import Engine
from services.worker.engine_thread import EngineThread
from shared.connections import connect
from shared.joblog import JobLog
from shared.metrics import WorkerMetrics
from tests.unit.worker.pace import Pace
from tests.unit.worker.tiny_model import build_tiny_model

Start = Callable[..., EngineThread]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a two-layer GPT-2 with 300 tokens and a context of 128."""
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()


@pytest.fixture
def start(tiny_model: Path) -> Iterator[Start]:
    """Start engine threads of the tiny model; all are drained at the end."""
    threads: list[EngineThread] = []

    def load(pace: Pace | None) -> Engine:
        engine = Engine.load(str(tiny_model), dtype="float32", max_batch=4, threads=1)
        return pace.hold_back(engine) if pace else engine

    def starter(
        joblog: JobLog,
        pace: Pace | None = None,
        *,
        quantum: int = 0,
        stream_interval: float = 0.0,
    ) -> EngineThread:
        thread = EngineThread(
            lambda: load(pace),
            joblog,
            WorkerMetrics(),
            on_failure=threading.Event().set,
            quantum=quantum,
            stream_interval=stream_interval,
        )
        threads.append(thread)
        thread.start()
        thread.wait_until_loaded()
        return thread

    yield starter
    for thread in threads:
        thread.drain()
        thread.join(10)
        assert not thread.is_alive()
