"""Celery's consumer, impatient: it finds a Redis that is back within about a second, and takes the
next permit as soon as a slot is free.
"""

from functools import partial
from typing import Any

from celery.concurrency.thread import TaskPool
from celery.worker.consumer import Consumer
from kombu.asynchronous import get_event_loop

LONGEST_PAUSE_SECONDS = 1.0


class ImpatientConsumer(Consumer):
    def ensure_connected(self, conn: Any) -> Any:
        """kombu's pauses grow to 30 s, in which a registered worker would take no permit."""
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=0.2,
            interval_step=0.2,
            interval_max=LONGEST_PAUSE_SECONDS,
        )
        return super().ensure_connected(conn)


class WakingPool(TaskPool):
    """While all slots are in use Redis is not asked for permits, and the loop that would ask again
    sleeps for up to a second: here, the end of a task wakes it.
    """

    def on_apply(self, *args: Any, **kwargs: Any) -> Any:
        result = super().on_apply(*args, **kwargs)
        result.f.add_done_callback(lambda _: wake_loop())
        return result


def wake_loop() -> None:
    """Celery's loop comes round once; from its own thread this wakes nobody."""
    loop = get_event_loop()
    if loop is not None:
        loop.call_soon(_come_round)


def _come_round() -> None:
    """The loop asks for permits, and whether it is to end, each time that it comes round."""
