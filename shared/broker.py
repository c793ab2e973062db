"""The Celery application and the permits that it carries.

A permit means "one more job waits for this model; come and claim the first". It names no job, so
a lost, late or doubled permit does no harm: the truth is in `shared.joblog`.
"""

import json
import uuid
from typing import Any
from urllib.parse import quote

from celery import Celery
from kombu import Connection

from shared.joblog import Command

CLAIM_TASK = "once.claim"


def queue_name(model: str) -> str:
    """The Celery queue, and with Redis as broker the list key, of one model's permits."""
    # Celery's command line splits a list of queues at commas.
    return f"permits:{quote(model, safe='')}"


def make_celery(redis_url: str) -> Celery:
    """An application without tasks; the worker registers its own."""
    app = Celery("once", broker=redis_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        # Early: a job is recovered by its lease in seconds, not by a visibility timeout.
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        # Nobody steers a worker through Celery, so nobody who reaches Redis can.
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A Redis that answers but refuses (its disk is full, say) is waited for like one that is
        # away; otherwise every consumer would end with its first refusal.
        broker_channel_error_retry=True,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
            "max_retries": 1,
            "retry_on_timeout": True,
        },
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
    )
    return app


class Permits:
    """Celery's own messages as commands, so that one goes out with the job that it is for: to be
    sent by Celery it waited for another thread and a round trip more, and the first token for it.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._drafts: dict[str, dict[str, Any]] = {}

    def issue(self, model: str) -> Command[bool]:
        """The command that enqueues one permit."""
        draft = self._drafts.get(model)
        if draft is None:
            draft = self._drafts[model] = self._draft(model)
        task_id, tag = str(uuid.uuid4()), str(uuid.uuid4())
        message = draft | {
            "headers": draft["headers"] | {"id": task_id, "root_id": task_id},
            "properties": draft["properties"] | {"correlation_id": task_id, "delivery_tag": tag},
        }
        return Command(("LPUSH", queue_name(model), json.dumps(message)), bool)

    def _draft(self, model: str) -> dict[str, Any]:
        """What Celery sends, as it is before a transport does: kept by the one in memory."""
        queue = queue_name(model)
        with Connection("memory://") as connection:
            self._app.send_task(CLAIM_TASK, queue=queue, connection=connection)
            channel: Any = connection.default_channel
            draft: dict[str, Any] = channel._get(queue)
        return draft


def permits_waiting(model: str) -> Command[int]:
    """How many permits no worker has taken yet."""
    return Command(("LLEN", queue_name(model)), int)
