"""What holds for callers and what they were answered, whatever breaks. Pure."""

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.excuses import FORGETS, is_forgotten
from tests.faults.job_rules import ENDED
from tests.faults.records import History

CLOCK_SECONDS = 0.1
"""So much may a worker's watch and Redis' differ over a story."""


def cancels_hold(history: History) -> Iterator[str]:
    """Whoever asks for a job's end is told one, and it stays. Only a job that an emptied Redis gets
    anew may be seen waiting, before it is cancelled there as well.
    """
    for job in history.jobs.values():
        if not job.cancelled or job.live is None:
            continue
        answer = job.cancel_answer
        if answer is None:
            yield f"{job.id}: its cancel was never answered"
        elif answer.status in ENDED:
            if answer.status != job.live.status:
                yield f"{job.id} ended as {job.live.status}, its cancel was told {answer}"
        elif not is_forgotten(history, job):
            yield f"{job.id} had not ended when its cancel was told {answer}"


def deadlines_hold(history: History) -> Iterator[str]:
    """Nothing is cut before its time, and what has expired has never begun; unless an emptied Redis
    knows no more that it had.
    """
    told = {reading.job_id for reading in history.readings if reading.deliveries}
    for job in history.jobs.values():
        live = job.live
        if live is None or not (live.status == "expired" or live.finish_reason == "deadline"):
            continue
        lived = (live.ended_at or 0.0) - live.created_at
        if job.deadline is None or lived < job.deadline - CLOCK_SECONDS:
            yield f"{job.id} was cut after {lived:.2f} s, its deadline is {job.deadline}"
        if live.status == "expired" and (live.text or live.tokens):
            yield f"{job.id} has expired with {live.tokens} tokens"
        elif live.status == "expired" and job.id in told and not is_forgotten(history, job):
            yield f"{job.id} has expired and was told"


def same_key_is_same_job(history: History) -> Iterator[str]:
    """Also if an answer is lost, or if the request comes twice at once."""
    expected: dict[str, int] = defaultdict(int)
    for request in history.keyed:
        expected[request.tenant] += 1
        if len(set(request.job_ids)) != 1:
            yield f"the key {request.key} stands for the jobs {sorted(set(request.job_ids))}"
    for tenant, count in expected.items():
        if history.made.get(tenant) != count:
            yield f"{history.made.get(tenant)} jobs were made for {count} keys of {tenant}"


def completions_say_what_was_written(history: History) -> Iterator[str]:
    """An answer that was cut off said a beginning of it."""
    for said in history.said:
        job = history.jobs.get(said.job_id)
        text = job.live.text if job and job.live else None
        if text is None:
            yield f"a completion speaks of {said.job_id}, which nobody knows"
        elif said.text != (text if said.is_whole else text[: len(said.text)]):
            yield f"a completion says {said.text!r} of {said.job_id}, which is {text!r}"


def no_key_has_too_many_jobs(history: History) -> Iterator[str]:
    """By the service's own times. An emptied Redis knows no more how many there are."""
    if any(each.fault == FORGETS for each in history.occurrences):
        return
    changes: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for job in history.jobs.values():
        if job.live and job.live.ended_at:
            changes[job.tenant] += [(job.live.created_at, 1), (job.live.ended_at, -1)]
    for tenant, times in changes.items():
        count = most = 0
        for _, change in sorted(times):
            count += change
            most = max(most, count)
        if history.jobs_per_key and most > history.jobs_per_key:
            yield f"{tenant} had {most} jobs at once, {history.jobs_per_key} are allowed"
