"""A job's events for one reader, from live events, log and library. Knows no HTTP."""

from collections.abc import AsyncGenerator
from functools import partial

from services.api.follower import Follower, Recall, Settle
from services.api.hub import Hub
from services.api.jobs import Jobs
from services.api.mailbox import Send
from services.api.progress import traced
from shared.events import Event
from shared.joblog import AsyncJobLog
from shared.metrics import ApiMetrics

CONFIRM_SECONDS = 1.0


def follow_job(
    jobs: Jobs,
    metrics: ApiMetrics,
    *,
    job_id: str,
    tenant: str,
    cursor: int,
    traceparent: str,
    send: Send | None = None,
) -> AsyncGenerator[list[Event], None]:
    """As `follow`, with what the library knows of the job."""
    return follow(
        jobs.joblog,
        jobs.hub,
        metrics,
        job_id=job_id,
        cursor=cursor,
        recall=partial(jobs.recall, job_id, tenant=tenant),
        settle=partial(jobs.archive.settle, job_id),
        traceparent=traceparent,
        send=send,
    )


async def follow(
    joblog: AsyncJobLog,
    hub: Hub,
    metrics: ApiMetrics,
    *,
    job_id: str,
    cursor: int,
    recall: Recall,
    settle: Settle,
    traceparent: str = "",
    send: Send | None = None,
) -> AsyncGenerator[list[Event], None]:
    """The story's events behind `cursor`, up to its ending or to the end of the service: each time
    all that there are, and nothing at all after some seconds of silence. Not those that `send` has
    sent, which is asked about tokens that come while they are waited for.

    `traceparent` is the job's, whose trace then shows what was told to this reader.
    """
    with metrics.open_streams.track_inprogress(), hub.open(job_id) as mailbox:
        follower = Follower(
            joblog,
            mailbox,
            metrics,
            job_id=job_id,
            cursor=cursor,
            recall=recall,
            settle=settle,
            send=send,
        )
        with traced(follower.progress, job_id=job_id, traceparent=traceparent):
            # Subscribed before the first look, so that nothing falls between the two.
            await mailbox.wait_confirmed(CONFIRM_SECONDS)
            while not follower.ended:
                events = await follower.next_batch()
                for event in events:
                    metrics.events_sent[event.type].inc()
                yield events
