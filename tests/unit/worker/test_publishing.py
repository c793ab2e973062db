"""What a worker tells of its model, and that it tells it again when Redis has forgotten it."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from services.worker.engine import Engine
from services.worker.engine_thread import EngineThread
from services.worker.heartbeat import Heartbeat
from services.worker.publishing import REPORT, Publisher
from shared.connections import connect
from shared.errors import StoreUnavailableError
from shared.joblog import JobLog, documents
from shared.joblog.documents import Document
from shared.metrics import WorkerMetrics
from shared.tokens import take_as_plain_text, token_count, token_ids
from tests.processes import free_port, redis_process, wait_until

TEXTS = ["once upon a time", "狐 — 🦊", "<|endoftext|>", "", " \n\n a\x00b"]


def load(model: Path) -> Engine:
    return Engine.load(str(model), dtype="float32", max_batch=1, threads=1)


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Engine:
    return load(tiny_model)


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()


def read(joblog: JobLog, engine: Engine, document: Document) -> str | None:
    return joblog.run(documents.read(engine.model_sha256, document))


def test_who_has_no_engine_counts_as_it_does(joblog: JobLog, engine: Engine) -> None:
    Publisher(joblog, engine).publish()
    published = Tokenizer.from_str(read(joblog, engine, Document.TOKENIZER) or "")
    take_as_plain_text(published)
    assert [token_count(published, text) for text in TEXTS] == [
        engine.count_tokens(text) for text in TEXTS
    ]


def test_as_many_tokens_are_counted_as_are_read(engine: Engine) -> None:
    tokenizer = Tokenizer.from_str(engine.tokenizer_json())
    take_as_plain_text(tokenizer)
    assert [token_count(tokenizer, text) for text in TEXTS] == [
        len(token_ids(tokenizer, text)) for text in TEXTS
    ]


def test_nothing_is_sent_again_until_redis_has_lost_it(
    joblog: JobLog, engine: Engine, redis_url: str
) -> None:
    publisher = Publisher(joblog, engine)
    publisher.publish()
    joblog.run(documents.publish(engine.model_sha256, Document.TOKENIZER, "as it is"))
    publisher.publish()
    assert read(joblog, engine, Document.TOKENIZER) == "as it is"
    client = connect(redis_url)
    client.flushall()
    client.close()
    publisher.publish()
    assert read(joblog, engine, Document.TOKENIZER) == engine.tokenizer_json()


def test_new_worker_replaces_what_is_there(joblog: JobLog, engine: Engine) -> None:
    joblog.run(documents.publish(engine.model_sha256, Document.TOKENIZER, "an older one"))
    Publisher(joblog, engine).publish()
    assert read(joblog, engine, Document.TOKENIZER) == engine.tokenizer_json()


@pytest.mark.parametrize(
    ("report", "published"),
    [('{"model": "狐"}'.encode(), '{"model": "狐"}'), (None, None), (b"\xff", None)],
)
def test_evaluation_report_is_published_if_there_is_one(
    joblog: JobLog, tiny_model: Path, tmp_path: Path, report: bytes | None, published: str | None
) -> None:
    model = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    if report is not None:
        (model / REPORT).parent.mkdir()
        (model / REPORT).write_bytes(report)
    engine = load(model)
    Publisher(joblog, engine).publish()
    assert read(joblog, engine, Document.REPORT) == published
    assert read(joblog, engine, Document.TOKENIZER) is not None


def test_worker_publishes_once_redis_is_there(tiny_model: Path, tmp_path: Path) -> None:
    port, stop = free_port(), threading.Event()
    client = connect(f"redis://127.0.0.1:{port}/0")
    joblog = JobLog(client)
    thread = EngineThread(lambda: load(tiny_model), joblog, WorkerMetrics(), on_failure=stop.set)
    thread.start()
    engine = thread.wait_until_loaded()
    publisher = Publisher(joblog, engine)
    with pytest.raises(StoreUnavailableError):
        publisher.publish()
    beat = Heartbeat(joblog, thread, publisher=publisher, worker_id="w", stop=stop)
    beat.start()
    with redis_process(tmp_path, port):
        wait_until(
            lambda: read(joblog, engine, Document.TOKENIZER) is not None,
            seconds=10,
            what="the tokenizer is published",
        )
        stop.set()
        beat.join(10)
    thread.drain()
    thread.join(10)
    assert not beat.is_alive()
    assert not thread.is_alive()
    client.close()
