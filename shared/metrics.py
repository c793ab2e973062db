"""Everything that Once counts and measures: the one place that names a metric.

A registry belongs to one application, so two in a process do not mix. What is touched for every
token has no label, or keeps its labelled child.
"""

from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shared.errors import ErrorCode, ServiceError
from shared.events import EVENT_TYPES
from shared.histograms import ManyHistogram
from shared.joblog import Claim
from shared.schemas import FinishReason

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
TURNED_AWAY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_WAITS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_ROUND_TRIPS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Fate(StrEnum):
    """What became of a claim."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RELEASED = "released"
    """Given back, for another worker to go on with."""
    LOST = "lost"
    """Another worker's by now, or cancelled."""


class Metrics(Protocol):
    registry: CollectorRegistry


def render(metrics: Metrics) -> bytes:
    """Prometheus text format."""
    return generate_latest(metrics.registry)


def _kinds_of(error: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


class ApiMetrics:
    """What one API process counts, and what it sees in Redis when it is asked."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.jobs_submitted = Counter(
            "once_jobs_submitted", "Jobs accepted and queued", registry=registry
        )
        self.jobs_archived = Counter(
            "once_jobs_archived", "Ended jobs carried into the library", registry=registry
        )
        self.jobs_revived = Counter(
            "once_jobs_revived", "Jobs given back to a Redis that had lost them", registry=registry
        )
        self.response_seconds = Histogram(
            "once_response_seconds",
            "From a request to the first byte of its answer",
            ["route", "status"],
            registry=registry,
        )
        self.requests_refused = Counter(
            "once_requests_refused", "Problems answered", ["code"], registry=registry
        )
        self.requests_refused.labels(ErrorCode.INTERNAL)
        self.admission_refusals = Counter(
            "once_admission_refusals",
            "Requests turned away for now, with 429 or 503",
            ["code"],
            registry=registry,
        )
        for kind in _kinds_of(ServiceError):
            if kind.status in TURNED_AWAY:  # From zero: Prometheus cannot see a series' first step.
                self.admission_refusals.labels(kind.code)
        self._add_relay()
        self.queues = QueueMetrics(registry)

    def _add_relay(self) -> None:
        registry = self.registry
        self.open_streams = Gauge(
            "once_open_streams", "Readers connected over SSE", registry=registry
        )
        sent = Counter(
            "once_events_sent", "SSE events handed to readers", ["type"], registry=registry
        )
        self.events_sent = {kind: sent.labels(kind) for kind in EVENT_TYPES}
        self.gaps_repaired = Counter(
            "once_gaps_repaired",
            "Live events that did not follow the reader's cursor: mended from the log",
            registry=registry,
        )
        self.log_reads = Counter(
            "once_log_rereads",
            "Times a reader fell back to the log: gap, overflow, reconnect, silence or ending",
            registry=registry,
        )
        self.relay_lag = Histogram(
            "once_relay_lag_seconds",
            "How late live events are: a sign of life queues behind them, every few seconds",
            buckets=_ROUND_TRIPS,
            registry=registry,
        )


class QueueMetrics:
    """The state of the queues. Every API tells the same: take the greatest, never the sum."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        self.store_up = gauge("once_store_up", "Whether Redis answered when it was asked for this")
        self.depth = gauge("once_queue_depth", "Jobs that wait", "model", "priority")
        self.oldest_age = gauge(
            "once_queue_oldest_age_seconds", "Since the oldest waiting job was accepted", "model"
        )
        self.running = gauge("once_running_jobs", "Jobs under a lease", "model")
        self.outstanding_tokens = gauge(
            "once_outstanding_tokens", "Most tokens still to write, waiting and running", "model"
        )
        self.workers = gauge("once_workers", "Live workers", "model")
        self.worker_slots = gauge("once_worker_slots", "Slots of the live workers", "model")
        self.worker_rate = gauge(
            "once_worker_tokens_per_second", "What the live workers last wrote, together", "model"
        )
        self.by_model = (
            self.depth,
            self.oldest_age,
            self.running,
            self.outstanding_tokens,
            self.workers,
            self.worker_slots,
            self.worker_rate,
        )


class WorkerMetrics:
    """What one worker process counts."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        claims = Counter("once_claims", "Stories taken up", ["attempt"], registry=registry)
        self._first_claims, self._later_claims = claims.labels("first"), claims.labels("later")
        self.empty_permits = Counter(
            "once_empty_permits", "Permits that found no waiting job", registry=registry
        )
        self.attempts_ended = Counter(
            "once_attempts_ended",
            "Claims that are over; a story is ended by one that succeeded or failed",
            ["fate", "reason"],
            registry=registry,
        )
        self.attempts_ended.labels(Fate.SUCCEEDED, FinishReason.STOP)
        for reason in (ErrorCode.GENERATION_FAILED, ErrorCode.CONTEXT_EXCEEDED):
            self.attempts_ended.labels(Fate.FAILED, reason)
        self.lease_expiries = Counter(
            "once_lease_expiries", "Stories taken from a lost worker", registry=registry
        )
        self.dead_letters = Counter(
            "once_dead_letters", "Stories given up: they lost too many workers", registry=registry
        )
        self.store_retries = Counter(
            "once_store_retries", "Steps sent again because Redis was away", registry=registry
        )
        self._add_speed()

    def _add_speed(self) -> None:
        registry = self.registry
        self.queue_wait = Histogram(
            "once_queue_wait_seconds",
            "From acceptance to the first claim",
            buckets=_WAITS,
            registry=registry,
        )
        self.first_token = Histogram(
            "once_time_to_first_token_seconds",
            "From acceptance to the first token in the log",
            buckets=_WAITS,
            registry=registry,
        )
        self.inter_token = ManyHistogram(
            "once_inter_token_seconds",
            "Between two tokens of a story; of those told together, their share of the time",
            buckets=_STEPS,
            registry=registry,
        )
        self.step_seconds = Histogram(
            "once_step_seconds",
            "One step of all stories, until the last token is drawn and what is told is on its way",
            buckets=_STEPS,
            registry=registry,
        )
        self.append_seconds = Histogram(
            "once_append_seconds",
            "What a step waits until the log has all that it was told before",
            buckets=_ROUND_TRIPS,
            registry=registry,
        )
        self.tokens = Counter("once_tokens", "Tokens written", registry=registry)
        self.prompt_tokens = Counter(
            "once_prompt_tokens", "Tokens of prompts taken up", registry=registry
        )
        self.slots = Gauge(
            "once_slots", "Stories that this worker can write at once", registry=registry
        )
        self.slots_in_use = Gauge(
            "once_slots_in_use",
            "Stories that it holds: the occupancy of its batch",
            registry=registry,
        )

    def claimed(self, claim: Claim) -> None:
        if claim.is_first:
            self._first_claims.inc()
            self.queue_wait.observe(claim.age_seconds)
        else:
            self._later_claims.inc()
