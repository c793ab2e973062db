"""What the API counts. The registry belongs to one application, so two in a process do not mix."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.jobs_submitted = Counter(
            "once_jobs_submitted", "Jobs accepted and queued", registry=self._registry
        )
        self.jobs_archived = Counter(
            "once_jobs_archived", "Ended jobs carried into the library", registry=self._registry
        )
        self.requests_refused = Counter(
            "once_requests_refused", "Problems answered", ["code"], registry=self._registry
        )
        self.open_streams = Gauge(
            "once_open_streams", "Readers connected over SSE", registry=self._registry
        )
        self.events_sent = Counter(
            "once_events_sent", "SSE events handed to readers", ["type"], registry=self._registry
        )
        self.gaps_repaired = Counter(
            "once_gaps_repaired",
            "Live events that did not follow the reader's cursor: mended from the log",
            registry=self._registry,
        )
        self.log_reads = Counter(
            "once_log_rereads",
            "Times a reader fell back to the log: gap, overflow, reconnect, silence or ending",
            registry=self._registry,
        )

    def render(self) -> bytes:
        """Prometheus text format."""
        return generate_latest(self._registry)
