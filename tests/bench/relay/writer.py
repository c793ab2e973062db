"""Stands for workers: claims jobs of its own and appends tokens to their logs, at a given rate.

A token's text is the time at which it was written, so that a reader can tell how late it is.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from shared.events import TokenEvent
from shared.joblog import Command, JobLog, Verdict, commands
from shared.joblog.pipeline import Pipeline
from tests.jobs import submit_job

MODEL = "bench"
WORKER = "bench-writer"
BATCH = 16
"""Stories of a worker, which writes a step of all of them in one round trip."""
MOST_BATCHES = 8
"""That are written together."""
_LEASE_MS = 3_600_000


@dataclass(slots=True)
class Story:
    job_id: str
    epoch: int
    index: int = 0

    def append(self) -> Command[Verdict]:
        """The command that writes its next token."""
        self.index += 1
        token = TokenEvent(index=self.index, text=str(time.monotonic_ns()), ids=[self.index])
        return commands.append(self.job_id, self.epoch, token, model=MODEL)


def begin_stories(joblog: JobLog, count: int) -> list[Story]:
    """So many new jobs, all of them running."""
    for number in range(count):
        submit_job(joblog, f"bench-{number}", model=MODEL)
    claims = joblog.run_all(
        [commands.claim(MODEL, WORKER, numeric_kind="none", lease_ms=_LEASE_MS)] * count
    )
    return [Story(claim.job_id, claim.epoch) for claim in claims if claim is not None]


def write_step(pipeline: Pipeline, stories: Sequence[Story]) -> None:
    """One token of each, a batch at a time, and each batch on its way while the next one is made.

    Raises RuntimeError if the log refuses any.
    """
    batches = (stories[start : start + BATCH] for start in range(0, len(stories), BATCH))
    for batch in batches:
        pipeline.send([story.append() for story in batch])
    verdicts = pipeline.answers(len(stories))
    if any(verdict is not Verdict.OK for verdict in verdicts):
        raise RuntimeError(f"the log answered {verdicts}")


def write_steadily(joblog: JobLog, stories: Sequence[Story], *, rate: float, seconds: float) -> int:
    """Write about `rate` tokens a second over all stories; answers how many.

    Workers do not wait for one another, so what has become due of several is written together.
    """
    pipeline = joblog.pipeline()
    began, written = time.monotonic(), 0
    wanted = max(len(stories), int(rate * seconds))
    while written < wanted:
        told = 0
        while told < len(stories):
            time.sleep(max(0.0, began + written / rate - time.monotonic()))
            due = int((time.monotonic() - began) * rate) - written
            batches = min(max(1, due // BATCH), MOST_BATCHES)
            step = stories[told : told + batches * BATCH]
            write_step(pipeline, step)
            told += len(step)
            written += len(step)
    return written
