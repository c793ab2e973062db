"""What tracing costs who does not trace, and how a trace context travels."""

import subprocess
import sys

from opentelemetry import trace

from shared.tracing import context_of, current_traceparent, start_span, trace_id_of, tracing

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
SERVE = """
import sys
import services.api.app, services.worker.app
from shared.tracing import start_span, tracing
with tracing(None, service="api"):
    start_span("write", "").end()
wanted = ("opentelemetry.sdk.trace", "opentelemetry.exporter")  # redis-py looks for sdk.metrics
print([name for name in sys.modules if name.startswith(wanted)])
"""


def test_without_a_collector_the_sdk_is_not_even_imported() -> None:
    ran = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_without_a_trace_there_is_nothing_to_carry() -> None:
    with tracing(None, service="api"):
        assert current_traceparent() == ""
        assert start_span("write", "") is trace.INVALID_SPAN
        assert trace_id_of("") is None


def test_trace_context_is_carried_as_it_came() -> None:
    with trace.use_span(trace.get_current_span(context_of(PARENT))):
        assert current_traceparent() == PARENT
    assert trace_id_of(PARENT) == TRACE


def test_malformed_context_is_no_trace() -> None:
    assert trace_id_of("00-xyz") is None
