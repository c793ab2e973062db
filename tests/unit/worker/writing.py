"""What tests of the engine's thread do and look at."""

import threading

from services.worker import tasks
from services.worker.engine_thread import EngineThread
from shared.joblog import Job, JobLog, commands
from tests.jobs import job_spec, submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace


def write_in_background(joblog: JobLog, engine: EngineThread) -> threading.Thread:
    """A Celery thread's work: claim and wait."""
    waiter = threading.Thread(target=tasks.write_one, args=(joblog, engine, "w"))
    waiter.start()
    return waiter


def written_so_far(
    joblog: JobLog, engine: EngineThread, pace: Pace, job_id: str, *, tokens: int
) -> threading.Thread:
    """A story of 100 tokens, paused after the first few."""
    submit_job(joblog, job_id, model="tiny", spec=job_spec(tokens=100))
    waiter = write_in_background(joblog, engine)
    pace.allow(tokens)
    wait_until(lambda: read(joblog, job_id).count == tokens, seconds=10, what="first tokens")
    return waiter


def read(joblog: JobLog, job_id: str) -> Job:
    job = joblog.run(commands.read_job(job_id))
    assert job is not None
    return job


def text(joblog: JobLog, job_id: str) -> str:
    return "".join(entry.token.text for entry in joblog.run(commands.read_log(job_id)))


def undisturbed(joblog: JobLog, start: Start) -> str:
    """The story that `written_so_far` begins, written in one go."""
    submit_job(joblog, "whole", model="tiny", spec=job_spec(tokens=100))
    tasks.write_one(joblog, start(joblog), "w")
    return text(joblog, "whole")
