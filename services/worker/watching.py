"""What is measured of one story while this worker writes it: times, spans and log lines.

Knows neither the engine nor Redis.
"""

import time

import structlog
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from shared.joblog import Claim
from shared.metrics import Fate, WorkerMetrics
from shared.tracing import start_span, trace_id_of, tracer

SAMPLE_EVERY = 32
"""Tokens of a story between two steps that its trace shows."""
_log = structlog.get_logger()


class StoryWatch:
    """Of one claim. Tokens are told from the engine's thread, and cost no span but a few."""

    def __init__(
        self, claim: Claim, metrics: WorkerMetrics, *, asked_ns: int, written: int
    ) -> None:
        """`asked_ns`: when the claim was asked for; `written`: tokens of former owners."""
        metrics.claimed(claim)
        self.log = _log.bind(
            job_id=claim.job_id, trace_id=trace_id_of(claim.traceparent), attempt=claim.attempt
        )
        self._metrics = metrics
        self._accepted = time.monotonic() - claim.age_seconds
        self._count = written
        self._last_token: float | None = None
        self._handed_ns = time.time_ns()
        self._span = start_span(
            "write",
            claim.traceparent,
            {
                "once.job_id": claim.job_id,
                "once.attempt": claim.attempt,
                "once.resumed_at": written,
            },
            kind=SpanKind.CONSUMER,
            start_ns=asked_ns,
        )
        self._span_of("claim", asked_ns, self._handed_ns)

    def tokens(self, index: int, count: int, *, began: float, told: float, stories: int) -> None:
        """So many tokens up to this one are in the log, which was told of them by then (monotonic,
        in seconds); the step that made the last one had begun, and so many stories were told.
        """
        if index == count:
            self._metrics.first_token.observe(told - self._accepted)
        if self._last_token is not None:
            self._metrics.inter_token.observe((told - self._last_token) / count, count=count)
        if self._span.is_recording():
            self._sample(index, count, seconds=told - began, stories=stories)
        self._last_token, self._count = told, index

    def end(self, fate: Fate, reason: str) -> None:
        self._metrics.attempts_ended.labels(fate, reason).inc()
        self.log.info("story over", fate=fate, reason=reason, tokens=self._count)
        self._span.set_attributes(
            {"once.fate": fate, "once.reason": reason, "once.tokens": self._count}
        )
        self._span.end()

    def _sample(self, index: int, count: int, *, seconds: float, stories: int) -> None:
        told = range(index - count + 1, index + 1)
        now = time.time_ns()
        if self._last_token is None:
            self._span_of("prefill", self._handed_ns, now)
            told = told[1:]
        for each in told:
            if each % SAMPLE_EVERY == 0:
                self._span_of("step", now - int(seconds * 1e9), now, index=each, stories=stories)

    def _span_of(self, name: str, start_ns: int, end_ns: int, **attributes: int) -> None:
        if self._span.is_recording():
            within = trace.set_span_in_context(self._span)
            about = {f"once.{key}": value for key, value in attributes.items()}
            tracer.start_span(name, within, attributes=about, start_time=start_ns).end(end_ns)
