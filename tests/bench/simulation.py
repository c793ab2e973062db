"""Many users and workers around a real job log, with a stand-in for the engines and their time.

Every transition is the service's own, on a real Redis. A slot writes one token in one unit of
virtual time, a quantum in one append; slots are out of step with each other, as real ones are.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.events import TokenEvent
from shared.joblog import Claim, Command, JobLog, commands, parsing, turns
from shared.schemas import JobStatus, Priority
from tests.jobs import job_spec
from tests.unit.api.acting import done

MODEL = "simulated"
LEASE_MS = 3_600_000
PAGE = 200
SHORT = 0.5
"""Of a quantum: a newcomer's story."""


@dataclass(frozen=True, slots=True)
class Scene:
    users: int
    slots: int
    quantum: int = 64
    stories: int = 3
    """Of each user that all slots together have time for."""
    flooders: float = 0.02
    """Share of the users that ask for ten times as many as the others."""
    newcomers: int = 100
    """Come while all others wait, each for one short story."""
    seed: int = 1

    @property
    def time(self) -> float:
        """A story is of three quanta, on average."""
        return self.users * self.stories * 3 * self.quantum / self.slots


@dataclass(slots=True)
class Outcome:
    tokens: Counter[str] = field(default_factory=Counter)
    """Written for each user that asked at the beginning."""
    waits: list[float] = field(default_factory=list)
    """Of the newcomers, from asking to the claim, in quanta."""
    hand_overs: int = 0


@dataclass(slots=True)
class _Job:
    payer: str
    length: int
    asked: float
    written: int = 0


class Simulation:
    def __init__(self, joblog: JobLog, scene: Scene) -> None:
        self.joblog, self.scene = joblog, scene
        self.outcome = Outcome()
        self._chance = random.Random(scene.seed)
        self._jobs: dict[str, _Job] = {}
        self._events: list[tuple[float, int, Claim | None]] = []
        """When a slot has written its next tokens, or, with no claim, somebody new comes."""
        self._numbers = itertools.count()

    def submit_all(self) -> int:
        """Everybody asks at once, in any order; answers for how many stories."""
        wanted = [
            f"user-{number}" for number in range(self.scene.users) for _ in range(self._wish())
        ]
        self._chance.shuffle(wanted)
        for page in pages(wanted):
            self.joblog.run_all([self._submit(payer, self._length()) for payer in page])
        return len(wanted)

    def run(self) -> Outcome:
        """Until the time is up; nobody who asked at the beginning has run out of stories then."""
        for _ in range(self.scene.newcomers):
            self._expect(self._chance.uniform(0.4, 0.9) * self.scene.time, None)
        for _ in range(self.scene.slots):
            first = self._claim_next(0.0)
            self._expect(self._chance.uniform(0, self.scene.quantum), first)
        while self._events:
            now, _, claim = heapq.heappop(self._events)
            if now > self.scene.time:
                break
            if claim is None:
                self.joblog.run(self._submit(f"new-{len(self._jobs)}", self._short(), now))
            else:
                self._write(claim, now)
        return self.outcome

    def _write(self, claim: Claim, now: float) -> None:
        """What a slot wrote since it was last looked at; then it goes on, or is another's."""
        job = self._jobs[claim.job_id]
        size = min(self.scene.quantum, job.length - job.written)
        job.written += size
        if job.payer.startswith("user"):
            self.outcome.tokens[job.payer] += size
        event = TokenEvent(index=job.written, text="x", ids=list(range(size)))
        self.joblog.run(commands.append(claim.job_id, claim.epoch, event, model=MODEL))
        if job.written == job.length:
            ending = done("", job.length)
            self.joblog.run(
                commands.finish(claim.job_id, claim.epoch, JobStatus.SUCCEEDED, ending, model=MODEL)
            )
            heir = self._claim_next(now)
        else:
            heir = self._handed_on(claim, now) or claim
        following = self._jobs[heir.job_id]
        self._expect(now + min(self.scene.quantum, following.length - following.written), heir)

    def _handed_on(self, claim: Claim, now: float) -> Claim | None:
        answer = self.joblog.run(
            turns.yield_slot(
                claim.job_id,
                claim.epoch,
                model=MODEL,
                priority=Priority.INTERACTIVE,
                worker="w",
                numeric_kind="none",
                quantum=self.scene.quantum,
                lease_ms=LEASE_MS,
            )
        )
        heir = parsing.claim(answer)
        if heir is not None:
            self.outcome.hand_overs += 1
            self._greet(heir, now)
        return heir

    def _claim_next(self, now: float) -> Claim:
        claim = self.joblog.run(claim_one())
        assert claim is not None, "all have more to write than there is time for"
        self._greet(claim, now)
        return claim

    def _greet(self, claim: Claim, now: float) -> None:
        job = self._jobs[claim.job_id]
        if claim.is_first and job.payer.startswith("new"):
            self.outcome.waits.append((now - job.asked) / self.scene.quantum)

    def _expect(self, at: float, claim: Claim | None) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), claim))

    def _submit(self, payer: str, length: int, now: float = 0.0) -> Command[bool]:
        job_id = f"job-{len(self._jobs)}"
        self._jobs[job_id] = _Job(payer, length, now)
        spec = job_spec(tokens=6 * self.scene.quantum)
        return commands.submit(
            job_id,
            spec,
            model=MODEL,
            priority=Priority.INTERACTIVE,
            tenant="all",
            payer=payer,
        )

    def _wish(self) -> int:
        more = 10 if self._chance.random() < self.scene.flooders else 1
        return 3 * self.scene.stories * more

    def _length(self) -> int:
        return self._chance.randint(1, 6 * self.scene.quantum - 1)

    def _short(self) -> int:
        return int(SHORT * self.scene.quantum)


def claim_one() -> Command[Claim | None]:
    return commands.claim(MODEL, "w", numeric_kind="none", lease_ms=LEASE_MS)


def pages(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]
