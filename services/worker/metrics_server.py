"""Serves a worker's metrics to Prometheus, if it is given a port."""

import contextlib
from collections.abc import Iterator

from prometheus_client import start_http_server

from shared.metrics import WorkerMetrics

LOOPBACK = "127.0.0.1"
ANYWHERE = "0.0.0.0"


@contextlib.contextmanager
def serving_metrics(metrics: WorkerMetrics, port: int | None, *, address: str) -> Iterator[None]:
    """Until the block is left. Raises OSError if the port is taken."""
    if port is None:
        yield
        return
    server, thread = start_http_server(port, address, metrics.registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
