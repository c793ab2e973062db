"""What may not be there any more once no story is written and nobody reads."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

from shared.joblog import AsyncJobLog, admissions, commands, followers, keys
from shared.joblog.admissions import Bounds
from tests.faults.cluster import JOBS_PER_KEY, Cluster
from tests.faults.job_rules import ENDED
from tests.faults.load import DEADLINES
from tests.faults.member import until

PROBE = "probe"
SWEPT_SECONDS = 2 * followers.ROUND_SECONDS
"""Who has come to its time is looked at by the next round of any API or worker."""
LONGEST_SECONDS = max(*DEADLINES, followers.GRACE_SECONDS) + SWEPT_SECONDS


async def left_over(cluster: Cluster) -> list[str]:
    """Of what ends with the stories."""
    found = {
        "leases": await cluster.store.zcard(keys.LEASES),
        "subscriptions": len(await cluster.store.pubsub_channels("job:*")),
    }
    overdue = time.time() - SWEPT_SECONDS
    for watched in (keys.DEADLINES, keys.NEED_FOLLOWER):
        found[f"overdue {watched}"] = await cluster.store.zcount(watched, "-inf", overdue)
    async for queue in cluster.store.scan_iter("queue:*", _type="zset"):
        if not queue.endswith(":served"):
            found[queue] = await cluster.store.zcard(queue)
    places = [place async for place in _places_of_nobody(cluster)]
    return [f"{count} {name} are left" for name, count in found.items() if count] + places


async def unsettled(cluster: Cluster) -> list[str]:
    """What the library still owes: accepted jobs without an end, ends that nobody has kept."""
    with closing(sqlite3.connect(f"file:{cluster.library}?mode=ro", uri=True)) as library:
        owed = [job_id for (job_id,) in library.execute("SELECT id FROM accepted_job")]
    pending = await cluster.store.xpending(keys.ENDED, keys.ARCHIVE_GROUP)
    found = [f"{job_id} is accepted, and its end is not kept" for job_id in owed]
    return found + ([f"{pending['pending']} ends are in hand"] if pending["pending"] else [])


async def left_at_last(cluster: Cluster) -> list[str]:
    """Of what is looked at only when its time has come: deadlines, jobs that need a follower."""
    found: dict[str, int] = {}

    async def is_empty() -> bool:
        for watched in (keys.DEADLINES, keys.NEED_FOLLOWER):
            found[watched] = await cluster.store.zcard(watched)
        return not any(found.values())

    try:
        await until(is_empty, seconds=LONGEST_SECONDS, what="nobody is watched for")
    except TimeoutError:
        return [f"{count} {watched} are left for good" for watched, count in found.items()]
    return []


async def _places_of_nobody(cluster: Cluster) -> AsyncIterator[str]:
    """Places that an ended job still takes when somebody asks for one. Those of ended jobs are
    given back no sooner; those of jobs whose API died before it had made them, by their age.
    """
    joblog = AsyncJobLog(cluster.store)
    async for key in cluster.store.scan_iter(keys.jobs_under_way("*")):
        key = str(key)
        caller = key.removeprefix(keys.jobs_under_way(""))
        bounds = Bounds(jobs=JOBS_PER_KEY)
        await joblog.run(admissions.admit(PROBE, bounds, caller=caller, model=cluster.model.name))
        await joblog.run(admissions.withdraw(PROBE, caller=caller, model=cluster.model.name))
        for job_id, since in await _members(cluster, key):
            status = await joblog.run(commands.read_status(job_id))
            if status in ENDED or _is_old(since):
                yield f"a place of {caller} is still taken by {job_id} ({status})"
    for job_id, since in await _members(cluster, keys.entering(cluster.model.name)):
        if _is_old(since):
            yield f"{job_id} is still on its way"


async def _members(cluster: Cluster, key: str) -> list[tuple[str, float]]:
    """With their milliseconds."""
    found: Any = await cluster.store.zrange(key, 0, -1, withscores=True)
    return [(str(member), float(score)) for member, score in found]


def _is_old(milliseconds: float) -> bool:
    return time.time() * 1000 - milliseconds > admissions.ENTERING_MS + 1000 * SWEPT_SECONDS
