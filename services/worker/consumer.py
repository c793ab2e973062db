"""Celery's consumer, impatient: it finds a Redis that is back within about a second."""

from functools import partial
from typing import Any

from celery.worker.consumer import Consumer

LONGEST_PAUSE_SECONDS = 1.0


class ImpatientConsumer(Consumer):
    """kombu's pauses grow to 30 s, in which a registered worker would take no permit."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=0.2,
            interval_step=0.2,
            interval_max=LONGEST_PAUSE_SECONDS,
        )
        return super().ensure_connected(conn)
