"""What the job log promises, in plain Python: no Redis, no Lua, no clock."""

import math
from dataclasses import dataclass, field

from shared.joblog import Cancellation, Verdict
from shared.schemas import JobStatus, Priority

BUDGET = 16
LONGEST_RUN = 7
CLOCK_SHARE = 16
QUANTUM = 1
LONG_AHEAD = 4
CHARGED_AHEAD = 16


@dataclass
class ModelJob:
    priority: Priority
    sequence: int
    payer: str
    status: JobStatus = JobStatus.QUEUED
    epoch: int = 0
    yields: int = 0
    tokens: list[int] = field(default_factory=list)
    """The index of each entry of the log."""
    claimed_count: int = 0
    failures: int = 0
    lease_is_over: bool = False
    paid: int = 0
    """Charged ahead and not yet written."""
    has_yielded: bool = False

    @property
    def count(self) -> int:
        return self.tokens[-1] if self.tokens else 0

    def is_owned_under(self, epoch: int) -> bool:
        return self.status is JobStatus.RUNNING and self.epoch == epoch


@dataclass
class ModelLog:
    max_lost_owners: int
    jobs: dict[str, ModelJob] = field(default_factory=dict)
    served: dict[tuple[Priority, str], float] = field(default_factory=dict)
    clocks: dict[Priority, float] = field(default_factory=lambda: dict.fromkeys(Priority, 0.0))
    newcomers: dict[tuple[Priority, str], int] = field(default_factory=dict)
    """Payers that had nothing waiting, and no slot since; by the sequence of the first job."""
    run: int = 0
    told: list[int] = field(default_factory=list)
    """Tokens of the stories that succeeded."""

    def submit(self, job_id: str, priority: Priority, payer: str) -> bool:
        if job_id in self.jobs:
            return False
        job = ModelJob(priority, len(self.jobs) + 1, payer, status=JobStatus.RUNNING)
        self.jobs[job_id] = job
        if not self.waiting(priority, payer):
            self.newcomers[priority, payer] = job.sequence
        self._enqueue(job)
        return True

    def waiting(self, priority: Priority, payer: str | None = None) -> list[str]:
        queued = [
            (job.sequence, job_id)
            for job_id, job in self.jobs.items()
            if job.status is JobStatus.QUEUED
            and job.priority is priority
            and payer in (None, job.payer)
        ]
        return [job_id for _, job_id in sorted(queued)]

    def payers(self, priority: Priority) -> dict[str, tuple[float, int]]:
        """Of those that wait: tokens served, and the sequence of the first job."""
        firsts: dict[str, tuple[float, int]] = {}
        for job_id in self.waiting(priority):
            job = self.jobs[job_id]
            firsts.setdefault(job.payer, (self.served[priority, job.payer], job.sequence))
        return firsts

    def running(self) -> list[str]:
        return [job_id for job_id, job in self.jobs.items() if job.status is JobStatus.RUNNING]

    def claim(self, *, lease_is_over: bool) -> str | None:
        priority = self._next_class()
        if priority is None:
            return None
        firsts = self.payers(priority)
        payer = min(firsts, key=lambda each: firsts[each])
        return self._take(priority, payer, lease_is_over=lease_is_over)

    def yield_slot(self, job_id: str, epoch: int, *, lease_is_over: bool) -> str | None:
        job = self.jobs[job_id]
        if not job.is_owned_under(epoch):
            return None
        heir = self._heir(job)
        if heir is None:
            return None
        job.has_yielded = True
        self._requeue(job)
        answer = self._take(*heir, lease_is_over=lease_is_over)
        if heir[0] is Priority.INTERACTIVE:
            is_run = bool(self.waiting(Priority.BATCH))
            self.run = min(self.run + 1, LONGEST_RUN) if is_run else 0
        else:
            self.run = 0
        return answer

    def append(self, job_id: str, epoch: int, index: int, size: int) -> Verdict:
        job = self.jobs[job_id]
        if not job.is_owned_under(epoch):
            return Verdict.STALE
        if index <= job.count:
            return Verdict.REPEATED
        if index - size != job.count:
            return Verdict.GAP
        job.tokens.append(index)
        lacking = size - job.paid
        if lacking > 0:
            self._charge(job, max(CHARGED_AHEAD, lacking))
            job.paid += max(CHARGED_AHEAD, lacking)
        job.paid -= size
        return Verdict.OK

    def finish(self, job_id: str, epoch: int, status: JobStatus) -> Verdict:
        job = self.jobs[job_id]
        if job.is_owned_under(epoch):
            self._end(job, status)
            if status is JobStatus.SUCCEEDED:
                self.told.append(job.count)
            return Verdict.OK
        return Verdict.REPEATED if (job.epoch, job.status) == (epoch, status) else Verdict.STALE

    def release(self, job_id: str, epoch: int) -> bool:
        job = self.jobs[job_id]
        if not job.is_owned_under(epoch):
            return False
        self._requeue(job)
        return True

    def cancel(self, job_id: str) -> Cancellation:
        job = self.jobs.get(job_id)
        if job is None:
            return Cancellation.UNKNOWN
        if job.status.is_terminal:
            return Cancellation.ENDED
        self._end(job, JobStatus.CANCELLED)
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
                if job.failures >= self.max_lost_owners:
                    self._end(job, JobStatus.FAILED)
                else:
                    self._requeue(job)
                reaped.add((job_id, job.status))
        return reaped

    def _heir(self, job: ModelJob) -> tuple[Priority, str] | None:
        first_class = self.payers(Priority.INTERACTIVE)
        if job.priority is Priority.BATCH and first_class and self.run < LONGEST_RUN:
            return Priority.INTERACTIVE, min(first_class, key=lambda each: first_class[each])
        count = self._served(job.priority, job.payer) - job.paid
        firsts = self.payers(job.priority)
        has_more = firsts.pop(job.payer, None) is not None
        newcomers = [payer for payer in firsts if (job.priority, payer) in self.newcomers]
        for payer in sorted(newcomers, key=lambda each: self.newcomers[job.priority, each]):
            is_share = firsts[payer][0] <= self.clocks[job.priority]
            if (has_more and is_share) or firsts[payer] < (count, job.sequence):
                return job.priority, payer
        least = min(firsts, key=lambda each: firsts[each], default=None)
        if least is not None and firsts[least][0] + LONG_AHEAD * QUANTUM <= count:
            return job.priority, least
        return None

    def _take(self, priority: Priority, payer: str, *, lease_is_over: bool) -> str:
        firsts = self.payers(priority)
        job_id = self.waiting(priority, payer)[0]
        job, before = self.jobs[job_id], self.served[priority, payer]
        cost = self._cost(job)
        job.status, job.epoch, job.paid = JobStatus.RUNNING, job.epoch + 1, cost
        job.claimed_count, job.lease_is_over = job.count, lease_is_over
        job.yields, job.has_yielded = job.yields + job.has_yielded, False
        self.newcomers.pop((priority, payer), None)
        active = len(self.running()) + len(firsts)
        step = math.ceil(1024 * cost / (CLOCK_SHARE * active)) / 1024
        self.clocks[priority] = max(self.clocks[priority], before + step)
        self.served[priority, payer] = before + cost
        self._forget()
        return job_id

    def _next_class(self) -> Priority | None:
        interactive, batch = (bool(self.waiting(priority)) for priority in Priority)
        if batch and (not interactive or self.run >= LONGEST_RUN):
            self.run = 0
            return Priority.BATCH
        if interactive:
            self.run = self.run + 1 if batch else 0
            return Priority.INTERACTIVE
        return None

    def _cost(self, job: ModelJob) -> int:
        left = BUDGET - job.count
        mean = math.ceil(sum(self.told) / len(self.told)) if self.told else left
        return max(1, min(left, mean))

    def _served(self, priority: Priority, payer: str) -> float:
        former = self.served.get((priority, payer), 0.0)
        is_waiting = bool(self.waiting(priority, payer))
        return former if is_waiting else max(former, self.clocks[priority])

    def _charge(self, job: ModelJob, tokens: int) -> None:
        if tokens:
            self.served[job.priority, job.payer] = self._served(job.priority, job.payer) + tokens
            self._forget()

    def _enqueue(self, job: ModelJob) -> None:
        self.served[job.priority, job.payer] = self._served(job.priority, job.payer)
        job.status = JobStatus.QUEUED

    def _requeue(self, job: ModelJob) -> None:
        self._charge(job, -job.paid)
        job.paid = 0
        self._enqueue(job)

    def _end(self, job: ModelJob, status: JobStatus) -> None:
        self._charge(job, -job.paid)
        job.paid, job.status = 0, status
        self._forget()

    def _forget(self) -> None:
        """Who waits for nothing is new the next time, and is kept only if ahead of the clock."""
        for priority, payer in list(self.served):
            if not self.waiting(priority, payer):
                self.newcomers.pop((priority, payer), None)
                if self.served[priority, payer] <= self.clocks[priority]:
                    del self.served[priority, payer]
