"""Any order of transitions, by owners old and new: the job log does what its model does.

A lease of 0 ms is over at once, by Redis' own clock, so nothing here waits.
"""

from collections import Counter
from itertools import accumulate

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.errors import ErrorCode
from shared.events import ErrorEvent, TokenEvent
from shared.joblog import JobLog, commands, keys, parsing, turns
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority
from tests.unit.shared.joblog_acts import LOST, MODEL, submit, told_ended
from tests.unit.shared.joblog_model import BUDGET, QUANTUM, ModelLog

MAX_LOST_OWNERS = 3
LEASE_MS = {False: 60_000, True: 0}
ENDING = ErrorEvent(code=ErrorCode.GENERATION_FAILED, detail="x")
JOBS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
PAYERS = st.sampled_from(["anna", "ben", "carl"])
EPOCHS_BACK = st.sampled_from([0, 0, 0, 1, 2])
"""Mostly the owner acts, at times a zombie."""
WORKER = WorkerInfo(
    id="w",
    model=MODEL,
    model_sha256="aa",
    numeric_kind="cpu",
    context_length=64,
    slots=1,
    running=0,
    tokens_per_second=0.0,
)


class JobLogMachine(RuleBasedStateMachine):
    def __init__(self, client: "redis.Redis") -> None:
        super().__init__()
        client.flushall()
        self.client = client
        self.joblog = JobLog(client)
        self.model = ModelLog(MAX_LOST_OWNERS)

    @rule(job_id=JOBS, priority=st.sampled_from(Priority), payer=PAYERS)
    def submit(self, job_id: str, priority: Priority, payer: str) -> None:
        made = submit(self.joblog, job_id, priority, payer=payer, tokens=BUDGET)
        assert made == self.model.submit(job_id, priority, payer)

    @rule(lease_is_over=st.booleans())
    def claim(self, lease_is_over: bool) -> None:
        lease_ms = LEASE_MS[lease_is_over]
        claimed = self.joblog.run(commands.claim(MODEL, "w", numeric_kind="cpu", lease_ms=lease_ms))
        expected = self.model.claim(lease_is_over=lease_is_over)
        assert (claimed.job_id if claimed else None) == expected
        if claimed:
            assert claimed.epoch == self.model.jobs[claimed.job_id].epoch

    @rule(job_id=JOBS, back=EPOCHS_BACK, lease_is_over=st.booleans())
    def yield_slot(self, job_id: str, back: int, lease_is_over: bool) -> None:
        if job := self.model.jobs.get(job_id):
            epoch = job.epoch - back
            command = turns.yield_slot(
                job_id,
                epoch,
                model=MODEL,
                priority=job.priority,
                worker="w",
                numeric_kind="cpu",
                quantum=QUANTUM,
                lease_ms=LEASE_MS[lease_is_over],
            )
            claimed = parsing.claim(self.joblog.run(command))
            expected = self.model.yield_slot(job_id, epoch, lease_is_over=lease_is_over)
            assert (claimed.job_id if claimed else None) == expected

    @rule(
        job_id=JOBS,
        back=EPOCHS_BACK,
        step=st.integers(-1, 3),
        sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    )
    def append(self, job_id: str, back: int, step: int, sizes: list[int]) -> None:
        """So many events together, of so many tokens each."""
        if job := self.model.jobs.get(job_id):
            epoch, size = job.epoch - back, sum(sizes)
            index = max(1, job.count + step + size - sizes[-1])
            ends = [index - size + end for end in accumulate(sizes)]
            tokens = [
                TokenEvent(index=end, text="x", ids=list(range(size)))
                for end, size in zip(ends, sizes, strict=True)
            ]
            verdict = self.joblog.run(commands.append(job_id, epoch, *tokens, model=MODEL))
            assert verdict is self.model.append(job_id, epoch, index, size)

    @rule(
        job_id=JOBS,
        back=EPOCHS_BACK,
        status=st.sampled_from([JobStatus.SUCCEEDED, JobStatus.FAILED]),
    )
    def finish(self, job_id: str, back: int, status: JobStatus) -> None:
        if job := self.model.jobs.get(job_id):
            epoch = job.epoch - back
            command = commands.finish(job_id, epoch, status, ENDING, model=MODEL)
            assert self.joblog.run(command) is self.model.finish(job_id, epoch, status)

    @rule(job_id=JOBS, back=EPOCHS_BACK)
    def release(self, job_id: str, back: int) -> None:
        if job := self.model.jobs.get(job_id):
            epoch = job.epoch - back
            command = commands.release(job_id, epoch)
            assert self.joblog.run(command) == self.model.release(job_id, epoch)

    @rule(job_id=JOBS)
    def cancel(self, job_id: str) -> None:
        assert self.joblog.run(commands.cancel(job_id, ENDING)) is self.model.cancel(job_id)

    @rule(backs=st.dictionaries(JOBS, EPOCHS_BACK), lease_is_over=st.booleans())
    def heartbeat(self, backs: dict[str, int], lease_is_over: bool) -> None:
        owned = [
            (id, self.model.jobs[id].epoch - back)
            for id, back in backs.items()
            if id in self.model.jobs
        ]
        command = commands.heartbeat(WORKER, owned, lease_ms=LEASE_MS[lease_is_over])
        lost = [pair for pair in owned if not self.model.renew(*pair, lease_is_over=lease_is_over)]
        assert self.joblog.run(command) == lost

    @rule()
    def reap(self) -> None:
        reaped = self.joblog.run(commands.reap(LOST, max_lost_owners=MAX_LOST_OWNERS))
        assert {(each.job_id, each.status) for each in reaped} == self.model.reap()

    @invariant()
    def records_and_logs_are_the_models(self) -> None:
        for job_id, expected in self.model.jobs.items():
            job = self.joblog.run(commands.read_job(job_id))
            assert job is not None
            assert (job.status, job.epoch, job.count) == (
                expected.status,
                expected.epoch,
                expected.count,
            )
            assert job.attempts == expected.epoch - expected.yields
            assert (job.ending is not None) == job.status.is_terminal
            log = self.joblog.run(commands.read_log(job_id))
            assert [entry.token.index for entry in log] == expected.tokens

    @invariant()
    def every_job_waits_or_runs_or_has_ended_once(self) -> None:
        for priority in Priority:
            waiting = self.client.zrange(keys.waiting(MODEL, priority), 0, -1)
            assert waiting == self.model.waiting(priority)
        assert sorted(self.client.zrange(keys.LEASES, 0, -1)) == sorted(self.model.running())
        told = Counter(told_ended(self.client))
        ended = {id for id, job in self.model.jobs.items() if job.status.is_terminal}
        assert told == dict.fromkeys(ended, 1)

    @invariant()
    def tokens_served_are_the_models(self) -> None:
        for priority in Priority:
            queue = keys.waiting(MODEL, priority)
            waiting: list[tuple[str, float]] = self.client.zrange(
                f"{queue}:payers", 0, -1, withscores=True
            )  # type: ignore[assignment]
            idle: list[tuple[str, float]] = self.client.zrange(
                f"{queue}:served", 0, -1, withscores=True
            )  # type: ignore[assignment]
            firsts = self.model.payers(priority)
            assert dict(waiting) == {
                f"{sequence:016}:{payer}": count for payer, (count, sequence) in firsts.items()
            }
            assert dict(idle) == {
                payer: count
                for (its, payer), count in self.model.served.items()
                if its is priority and payer not in firsts
            }


def test_any_order_of_transitions_keeps_the_promise(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        run_state_machine_as_test(
            lambda: JobLogMachine(client),  # type: ignore[arg-type]
            settings=settings(
                max_examples=40,
                stateful_step_count=30,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
