"""The Celery application and the permits that it carries.

A permit means "one more job waits for this model; come and claim the first". It names no job, so
a lost, late or doubled permit does no harm: the truth is in `shared.joblog`.
"""

from urllib.parse import quote

from celery import Celery

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


def send_permit(app: Celery, model: str) -> None:
    """Enqueue one permit. Raises kombu.exceptions.OperationalError when Redis is away."""
    app.send_task(CLAIM_TASK, queue=queue_name(model))


def permits_waiting(model: str) -> Command[int]:
    """How many permits no worker has taken yet."""
    return Command(("LLEN", queue_name(model)), int)
