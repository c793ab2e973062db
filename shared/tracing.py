"""Traces: one for each story, from the request that asked for it to its last token.

A job's record carries the W3C trace context, since a permit names no job and a story may pass
through several workers. Without a collector's address the SDK is not even imported, and every
span is a no-op.
"""

import contextlib
from collections.abc import Iterator, Mapping

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from shared.version import VERSION

SEND_SECONDS = 2
"""For one try to reach the collector; who cannot be reached must not hold up an exit."""
tracer = trace.get_tracer("once")
_FORMAT = TraceContextTextMapPropagator()


@contextlib.contextmanager
def tracing(collector: str | None, *, service: str, instance: str | None = None) -> Iterator[None]:
    """Send spans to the collector (OTLP over HTTP) until the block is left.

    The SDK reads the other `OTEL_` variables itself, such as the sampler's and the headers'.
    """
    if collector is None:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = {"service.name": f"once-{service}", "service.version": VERSION}
    if instance is not None:
        about["service.instance.id"] = instance
    # The way out is ours: uvicorn ends its process by a signal, so nothing runs at exit.
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    address = f"{collector.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=address, timeout=SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def current_traceparent() -> str:
    """W3C trace context of what runs now; empty if it is not traced."""
    carrier: dict[str, str] = {}
    _FORMAT.inject(carrier)
    return carrier.get("traceparent", "")


def context_of(traceparent: str) -> Context:
    """In which a span becomes part of that trace."""
    return _FORMAT.extract({"traceparent": traceparent})


def start_span(
    name: str,
    traceparent: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    start_ns: int | None = None,
) -> Span:
    """Part of a job's trace; a no-op if the job has none. Linked to what runs now, if anything."""
    if not traceparent:
        return trace.INVALID_SPAN
    now = trace.get_current_span().get_span_context()
    return tracer.start_span(
        name,
        context_of(traceparent),
        kind,
        attributes,
        links=[Link(now)] if now.is_valid else [],
        start_time=start_ns,
    )


def trace_id_of(traceparent: str) -> str | None:
    """As collectors show it."""
    span = trace.get_current_span(context_of(traceparent)).get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None
