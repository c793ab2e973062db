"""Celery's consumer, impatient: it finds a Redis that is back within about a second, and takes the
next permit as soon as a slot is free.
"""

from functools import partial
from typing import Any

from celery.worker.consumer import Consumer

LONGEST_PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.02


class ImpatientConsumer(Consumer):
    hub: Any
    _looks: Any = None

    def ensure_connected(self, conn: Any) -> Any:
        """kombu's pauses grow to 30 s, in which a registered worker would take no permit."""
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=0.2,
            interval_step=0.2,
            interval_max=LONGEST_PAUSE_SECONDS,
        )
        return super().ensure_connected(conn)

    def on_ready(self) -> None:
        """While all slots are in use Redis is not asked for permits; the end of a story, in another
        thread, does not wake the loop that would ask again, and it sleeps for up to a second.
        """
        super().on_ready()
        if self._looks is not None:
            self._looks.cancel()
        self._looks = self.hub.call_repeatedly(LOOK_SECONDS, _look)


def _look() -> None:
    """The loop asks by itself each time it comes round."""
