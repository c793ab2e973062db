"""One worker process: one model, one engine thread, and Celery threads that only wait.

`python -m services.worker` runs it until SIGTERM or Ctrl-C.
"""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Sequence

import structlog
from celery import Celery, signals

from services.worker import tasks
from services.worker.consumer import ImpatientConsumer, WakingPool, wake_loop
from services.worker.engine import Engine
from services.worker.engine_thread import EngineThread
from services.worker.heartbeat import Heartbeat
from services.worker.janitor import Janitor
from services.worker.metrics_server import ANYWHERE, LOOPBACK, serving_metrics
from services.worker.publishing import Publisher
from services.worker.settings import WorkerSettings
from services.worker.trial import full_rate
from shared.broker import Permits, make_celery, queue_name
from shared.connections import connect
from shared.errors import ModelLoadError, StoreUnavailableError
from shared.joblog import JobLog, commands
from shared.metrics import WorkerMetrics
from shared.tracing import tracing

log = structlog.get_logger()
JOIN_SECONDS = 10


def run(settings: WorkerSettings) -> int:
    """Serve until told to stop; returns the exit status."""
    metrics = WorkerMetrics()
    collector = settings.otel_exporter_otlp_endpoint
    address = LOOPBACK if settings.development else ANYWHERE
    with contextlib.ExitStack() as exits:
        exits.enter_context(tracing(collector, service="worker", instance=settings.worker_id))
        try:
            exits.enter_context(serving_metrics(metrics, settings.metrics_port, address=address))
        except OSError as error:
            log.error("metrics not served", port=settings.metrics_port, detail=str(error))
            return 1
        return _serve(settings, metrics)


def _serve(settings: WorkerSettings, metrics: WorkerMetrics) -> int:
    joblog = JobLog(connect(settings.redis_url))

    def load() -> Engine:
        engine = load_engine(settings)
        try:
            engine_thread.rate.note_full(full_rate(engine, joblog))
        except StoreUnavailableError as error:
            log.warning("pace not tried", reason=error.detail)
        return engine

    engine_thread = EngineThread(
        load,
        joblog,
        metrics,
        on_failure=_stop_this_process,
        quantum=settings.quantum,
        stream_interval=settings.stream_interval_ms / 1_000,
    )
    engine_thread.start()
    try:
        engine = engine_thread.wait_until_loaded()
    except ModelLoadError as error:
        log.error("model not loaded", detail=error.detail)
        return 1
    log.info("model loaded", model=engine.name, kind=engine.numeric_kind, slots=engine.max_batch)

    celery = make_celery(settings.redis_url)
    tasks.register(celery, joblog, engine_thread, settings.worker_id)
    stop = threading.Event()
    helpers = [
        Heartbeat(
            joblog,
            engine_thread,
            publisher=Publisher(joblog, engine),
            worker_id=settings.worker_id,
            stop=stop,
            quantum=settings.quantum,
            can_be_killed=settings.development,
            alive_path=settings.alive_path,
        ),
        Janitor(
            joblog, Permits(celery), metrics, model=engine.name, slots=engine.max_batch, stop=stop
        ),
    ]
    _consume(celery, engine_thread, helpers, settings)
    engine_thread.drain()
    stop.set()
    for thread in (engine_thread, *helpers):
        if thread.is_alive():
            thread.join(JOIN_SECONDS)
    _retire(joblog, settings.worker_id)
    return 1 if engine_thread.failure else 0


def load_engine(settings: WorkerSettings) -> Engine:
    """Raises ModelLoadError."""
    return Engine.load(
        settings.model,
        dtype=settings.dtype,
        max_batch=settings.slots,
        prefill_token_budget=settings.prefill_token_budget,
        threads=settings.torch_threads,
    )


def _consume(
    celery: Celery,
    engine_thread: EngineThread,
    helpers: Sequence[threading.Thread],
    settings: WorkerSettings,
) -> None:
    """Run Celery's consumer in this thread until a signal ends it."""

    def register(**_: object) -> None:
        # Not before permits are taken: a registered worker is one that really serves.
        for thread in helpers:
            thread.start()

    def drain(**_: object) -> None:
        engine_thread.drain()
        # From a signal's handler, which runs in the loop's own thread, while that sleeps.
        threading.Thread(target=wake_loop).start()

    def keep_our_logging(**_: object) -> None:
        # Celery asks here, and else would set the root logger's level to its own.
        pass

    celery.conf.worker_consumer = ImpatientConsumer
    celery.conf.worker_pool = WakingPool
    signals.setup_logging.connect(keep_our_logging)
    signals.worker_ready.connect(register)
    signals.worker_shutting_down.connect(drain)
    logging.getLogger("celery").setLevel(logging.WARNING)  # a line for every permit otherwise
    # fmt: off
    celery.worker_main([
        "worker", f"--concurrency={settings.slots}", "--disable-prefetch",
        "--queues", queue_name(engine_thread.engine.name), "--hostname", f"{settings.worker_id}@%h",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ])
    # fmt: on


def _stop_this_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _retire(joblog: JobLog, worker_id: str) -> None:
    try:
        joblog.run(commands.retire(worker_id))
    except StoreUnavailableError as error:
        log.warning("not retired; the registration expires by itself", detail=error.detail)
