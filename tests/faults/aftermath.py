"""When all is over: what is stored, who owned what, and whether anything is left behind."""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing

import httpx2

from shared.joblog import archiving
from tests.faults.cluster import Cluster
from tests.faults.leaks import left_over, unsettled
from tests.faults.member import until
from tests.faults.records import AcceptedJob, Claimed, History, Stored

QUIET_SECONDS = 60.0
ARCHIVE_SECONDS = archiving.TAKEOVER_MS / 1000 + 10
"""What a killed API had in hand is handed out again after so long."""


async def look_back(cluster: Cluster, history: History) -> None:
    """Complete the history of a run that is over, but for the library."""

    async def is_quiet() -> bool:
        return not await left_over(cluster)

    try:
        await until(is_quiet, seconds=QUIET_SECONDS, what="all is quiet")
    except TimeoutError:
        history.leaks += await left_over(cluster)
    for job in history.jobs.values():
        job.live = await _read_job(cluster, job)
    for job_id, times in (await cluster.endings()).items():
        if job_id in history.jobs:
            history.jobs[job_id].endings = times
    history.claims = list(_claims(cluster, history.jobs))


async def look_into_library(cluster: Cluster, history: History) -> None:
    """Wait until every ended job is kept, or should have been."""
    jobs = history.jobs.values()

    async def is_kept() -> bool:
        kept = _library(cluster)
        for job in jobs:
            job.archived = kept.get(job.id)
        return all(job.archived == job.live for job in jobs)

    async def is_settled() -> bool:
        return not await unsettled(cluster)

    # The rules will say which ones are not.
    with contextlib.suppress(TimeoutError):
        await until(is_kept, seconds=ARCHIVE_SECONDS, what="every job is kept")
    with contextlib.suppress(TimeoutError):
        await until(is_settled, seconds=ARCHIVE_SECONDS, what="nothing is owed")
    history.leaks += await unsettled(cluster)
    history.made = _made(cluster, {request.tenant for request in history.keyed})


async def _read_job(cluster: Cluster, job: AcceptedJob) -> Stored | None:
    answer = await cluster.http.get(
        f"{cluster.urls[0]}/v1/jobs/{job.id}", headers={"Authorization": f"Bearer {job.tenant}"}
    )
    if answer.status_code != httpx2.codes.OK:
        return None
    view = answer.json()
    return Stored(
        view["status"],
        view["text"],
        view["usage"]["completion_tokens"],
        view["attempts"],
        view["finish_reason"],
        view["created_at"],
        view["ended_at"],
    )


def _library(cluster: Cluster) -> dict[str, Stored]:
    with closing(sqlite3.connect(f"file:{cluster.library}?mode=ro", uri=True)) as library:
        rows = library.execute(
            "SELECT id, status, text, usage, attempts, finish_reason, created_at, ended_at "
            "FROM archived_job"
        )
        return {
            job_id: Stored(status, text, json.loads(usage)["completion_tokens"], *rest)
            for job_id, status, text, usage, *rest in rows
        }


def _made(cluster: Cluster, tenants: Collection[str]) -> dict[str, int]:
    """How many jobs of each there are, ended or not."""
    with closing(sqlite3.connect(f"file:{cluster.library}?mode=ro", uri=True)) as library:
        rows = library.execute(
            "SELECT tenant, count(*) FROM (SELECT id, tenant FROM archived_job "
            "UNION SELECT id, tenant FROM accepted_job) GROUP BY tenant"
        )
        return {tenant: count for tenant, count in rows if tenant in tenants}


def _claims(cluster: Cluster, job_ids: Collection[str]) -> Iterator[Claimed]:
    """From what every run of every worker said in its log."""
    for log in sorted(cluster.folder.glob("worker-*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if '"event": "claimed"' not in line:
                continue
            said = json.loads(line)
            if said["job_id"] in job_ids:
                yield Claimed(said["job_id"], said["epoch"], log.stem)
