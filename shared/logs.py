"""Structured logs: one line an event, for people on a console or as JSON for machines."""

import logging
import sys

import structlog

from shared.settings import ObservedSettings
from shared.tracing import current_traceparent, trace_id_of


def configure_logging(settings: ObservedSettings, *, service: str) -> None:
    """Send structlog and the standard library's logging to stderr in the configured form."""

    def add_service(
        _: object, __: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        # Not bound to a context: threads begin with an empty one.
        return {"service": service, **event}

    shared_processors: list[structlog.typing.Processor] = [
        add_service,
        structlog.contextvars.merge_contextvars,
        _add_trace_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)


def _add_trace_id(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Of the request that is served, unless the line names a story's."""
    trace_id = event.get("trace_id") or trace_id_of(current_traceparent())
    if trace_id is None:
        event.pop("trace_id", None)
    else:
        event["trace_id"] = trace_id
    return event
