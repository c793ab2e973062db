"""What holds for callers and what they were answered, whatever breaks. Pure."""

from collections.abc import Iterator

from tests.faults.excuses import is_forgotten
from tests.faults.job_rules import ENDED
from tests.faults.records import History


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
