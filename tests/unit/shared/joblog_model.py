"""What the job log promises, in plain Python: no Redis, no Lua, no clock."""

from dataclasses import dataclass, field

from shared.joblog import Cancellation, Verdict
from shared.schemas import JobStatus, Priority


@dataclass
class ModelJob:
    priority: Priority
    sequence: int
    status: JobStatus = JobStatus.QUEUED
    epoch: int = 0
    tokens: list[int] = field(default_factory=list)
    """The index of each entry of the log."""
    claimed_count: int = 0
    failures: int = 0
    lease_is_over: bool = False

    @property
    def count(self) -> int:
        return self.tokens[-1] if self.tokens else 0

    def is_owned_under(self, epoch: int) -> bool:
        return self.status is JobStatus.RUNNING and self.epoch == epoch


@dataclass
class ModelLog:
    max_lost_owners: int
    jobs: dict[str, ModelJob] = field(default_factory=dict)

    def submit(self, job_id: str, priority: Priority) -> bool:
        if job_id in self.jobs:
            return False
        self.jobs[job_id] = ModelJob(priority, len(self.jobs) + 1)
        return True

    def waiting(self, priority: Priority) -> list[str]:
        queued = [
            (job.sequence, job_id)
            for job_id, job in self.jobs.items()
            if job.status is JobStatus.QUEUED and job.priority is priority
        ]
        return [job_id for _, job_id in sorted(queued)]

    def running(self) -> list[str]:
        return [job_id for job_id, job in self.jobs.items() if job.status is JobStatus.RUNNING]

    def claim(self, *, lease_is_over: bool) -> str | None:
        for priority in Priority:
            for job_id in self.waiting(priority)[:1]:
                job = self.jobs[job_id]
                job.status, job.epoch = JobStatus.RUNNING, job.epoch + 1
                job.claimed_count, job.lease_is_over = job.count, lease_is_over
                return job_id
        return None

    def append(self, job_id: str, epoch: int, index: int, size: int) -> Verdict:
        job = self.jobs[job_id]
        if not job.is_owned_under(epoch):
            return Verdict.STALE
        if index <= job.count:
            return Verdict.REPEATED
        if index - size != job.count:
            return Verdict.GAP
        job.tokens.append(index)
        return Verdict.OK

    def finish(self, job_id: str, epoch: int, status: JobStatus) -> Verdict:
        job = self.jobs[job_id]
        if job.is_owned_under(epoch):
            job.status = status
            return Verdict.OK
        return Verdict.REPEATED if (job.epoch, job.status) == (epoch, status) else Verdict.STALE

    def release(self, job_id: str, epoch: int) -> bool:
        job = self.jobs[job_id]
        if not job.is_owned_under(epoch):
            return False
        job.status = JobStatus.QUEUED
        return True

    def cancel(self, job_id: str) -> Cancellation:
        job = self.jobs.get(job_id)
        if job is None:
            return Cancellation.UNKNOWN
        if job.status.is_terminal:
            return Cancellation.ENDED
        job.status = JobStatus.CANCELLED
        return Cancellation.CANCELLED

    def renew(self, job_id: str, epoch: int, *, lease_is_over: bool) -> bool:
        job = self.jobs[job_id]
        if job.is_owned_under(epoch):
            job.lease_is_over = lease_is_over
            return True
        return False

    def reap(self) -> set[tuple[str, JobStatus]]:
        reaped = set()
        for job_id in self.running():
            job = self.jobs[job_id]
            if job.lease_is_over:
                job.failures = 0 if job.count > job.claimed_count else job.failures + 1
                is_lost = job.failures >= self.max_lost_owners
                job.status = JobStatus.FAILED if is_lost else JobStatus.QUEUED
                reaped.add((job_id, job.status))
        return reaped
