"""The one thread that loads the model, runs the engine and writes every token to the log.

Loading in one thread and looping in another cost a third of the speed, so this thread does both.
Other threads hand it stories and wait; they never touch the engine.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from services.worker.engine import Engine
from services.worker.patience import PatientLog
from services.worker.quanta import Quanta
from services.worker.rate import Rate
from services.worker.story import Story
from services.worker.telling import Telling
from services.worker.watching import StoryWatch
from services.worker.writing import Abort, Writing, Writings
from shared.errors import GenerationFailedError, ServiceError, StoreUnavailableError
from shared.joblog import JobLog, Verdict
from shared.metrics import Fate, WorkerMetrics
from shared.schemas import FinishReason

log = structlog.get_logger()
IDLE_SECONDS = 0.5
LOST = (Verdict.STALE, Verdict.GAP, Verdict.DAMAGED)  # The story is not ours to write on.


class EngineThread(threading.Thread):
    """Feed it with `begin`; end it with `drain`, then `join`."""

    def __init__(
        self,
        load: Callable[[], Engine],
        joblog: JobLog,
        metrics: WorkerMetrics,
        *,
        on_failure: Callable[[], None],
        quantum: int = 0,
        stream_interval: float = 0.0,
    ) -> None:
        """`on_failure` is called once, in this thread, if the engine dies after it was loaded.

        `quantum`: after how many tokens a story lets another have its slot; 0 is never.
        `stream_interval`: for how many seconds tokens are held back, to be told together.
        """
        super().__init__(name="engine", daemon=True)
        self._load = load
        self._on_failure = on_failure
        self._quantum = quantum
        self._quanta = Quanta(quantum)
        self._joblog = joblog
        self.metrics = metrics
        self._engine: Engine | None = None
        self._inbox: queue.SimpleQueue[Writing | Abort | None] = queue.SimpleQueue()
        self._writings = Writings()
        self._loaded = threading.Event()
        self._draining = threading.Event()
        self._patient = PatientLog(joblog, leaving=self._draining, on_wait=self._wait_for_redis)
        self._telling = Telling(self._patient, self._writings, interval=stream_interval)
        self.rate = Rate()
        self.failure: BaseException | None = None
        self.last_progress = time.monotonic()
        metrics.slots_in_use.set_function(lambda: len(self._writings))

    @property
    def engine(self) -> Engine:
        """The loaded engine; other threads may read its constants, and count tokens."""
        assert self._engine is not None
        return self._engine

    @property
    def draining(self) -> bool:
        return self._draining.is_set()

    def wait_until_loaded(self) -> Engine:
        """Block until the model is ready. Raises what loading raised."""
        self._loaded.wait()
        if self.failure is not None:
            raise self.failure
        return self.engine

    def begin(self, story: Story, watch: StoryWatch) -> Writing:
        entry = Writing(story, watch)
        self._writings.add(entry)  # From now on its lease is renewed.
        entry.prepare(self.engine)
        self._inbox.put(entry)
        return entry

    def abort(self, key: str) -> None:
        """Stop writing a story that is no longer ours; unknown keys are ignored."""
        self._inbox.put(Abort(key))

    def drain(self) -> None:
        """Stop after the current token and give every story back. Safe in a signal handler."""
        self._draining.set()
        self._inbox.put(None)

    def in_hand(self) -> list[Story]:
        return [each.story for each in self._writings.those()]

    def run(self) -> None:
        try:
            self._engine = self._load()
            self.metrics.slots.set(self._engine.max_batch)
        except BaseException as error:
            self.failure = error
            return
        finally:
            self._loaded.set()
        try:
            while not self.draining:
                self._turn(self.engine)
            self._settle_all(self.engine, self._writings.those())
        except Exception as error:
            self.failure = error
            self._on_failure()  # before anything else can fail
            log.exception("engine failed; its stories go to other workers as their leases end")
        self._leave()

    def _turn(self, engine: Engine) -> None:
        if not engine.has_work:
            self.rate.rest()
            self._settle(engine)
        self._take_inbox(engine, wait=not engine.has_work)
        self._end_overdue(engine)
        self.last_progress = time.monotonic()
        if engine.has_work and not self.draining:
            self._step(engine)
            self._hand_on(engine)

    def _step(self, engine: Engine) -> None:
        """Draw one token of each story and tell the log, which says meanwhile what became of what
        it was told before.
        """
        step = self._telling.tell(engine.step_in_parts())
        self.metrics.step_seconds.observe(step.told - step.began)
        self.rate.count(step.drawn, slots=engine.max_batch, began=step.began)
        self._settle(engine, but=1 if step.writers and not step.endings else 0)

    def _settle(self, engine: Engine, *, but: int = 0) -> None:
        """Wait until the steps are in the log, but so many of the last ones; drop the stories that
        are ended or lost.
        """
        while self._telling.unanswered > but:
            began = time.monotonic()
            step, verdicts = self._telling.answers()
            if not verdicts:
                continue  # Drained while Redis was away, it is given back.
            self.metrics.append_seconds.observe(time.monotonic() - began)
            for key, verdict in zip(step.writers, verdicts, strict=True):
                if verdict in LOST and key in self._writings:
                    self._lose(engine, key, verdict)
            self.metrics.tokens.inc(self._writings.count(step))
            for key, fate, reason in step.endings:
                self._writings.let_go(key, fate, reason)

    def _settle_all(self, engine: Engine, of: Sequence[Writing]) -> None:
        """As `_settle`, with what was held back of these: told behind a step that a leaving worker
        has given up on, its answers would be taken for that step's."""
        self._settle(engine)
        self._telling.tell_rest(of)
        self._settle(engine)

    def _take_inbox(self, engine: Engine, *, wait: bool) -> None:
        try:
            message = self._inbox.get(block=wait, timeout=IDLE_SECONDS)
            while True:
                if isinstance(message, Writing):
                    self._admit(engine, message)
                elif isinstance(message, Abort):
                    engine.abort(message.key)
                    self._writings.let_go(message.key, Fate.LOST, "lease")
                message = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _admit(self, engine: Engine, entry: Writing) -> None:
        story = entry.story
        if not self._writings.holds(entry):
            return  # Lost before its turn came.
        try:
            entry.take_up(engine)
            self.metrics.prompt_tokens.inc(story.prompt_tokens)
        except ServiceError as error:
            entry.watch.log.warning("story refused", code=error.code, detail=error.detail)
            self._end_failed(story, error)
        except Exception:
            # One story that the engine cannot take must not take the others with it.
            entry.watch.log.exception("story refused")
            self._end_failed(story, GenerationFailedError("The engine cannot take up this story."))

    def _end_failed(self, story: Story, error: ServiceError) -> None:
        self._patient.run_all([story.fail(error)])
        self._writings.let_go(story.key, Fate.FAILED, error.code)

    def _hand_on(self, engine: Engine) -> None:
        """Stories that had their quantum make room, where Redis knows who goes before them."""
        due = self._settled(self._quanta.due(self._writings, engine.drawn))
        answers = self._patient.run_all(
            [each.story.yield_slot(engine.numeric_kind, self._quantum) for each in due]
        )
        for entry, answer in zip(due, answers, strict=False):  # None if drained meanwhile
            if answer:
                engine.abort(entry.story.key)
                entry.handed_on = answer
                self._writings.let_go(entry.story.key, Fate.RELEASED, "quantum")

    def _end_overdue(self, engine: Engine) -> None:
        overdue = self._settled(self._writings.those(lambda each: each.is_overdue))
        verdicts = self._patient.run_all([each.story.end_at_deadline() for each in overdue])
        for entry, verdict in zip(overdue, verdicts, strict=False):  # None if drained meanwhile
            if verdict in LOST:
                self._lose(engine, entry.story.key, verdict)
            else:
                engine.abort(entry.story.key)
                self._writings.let_go(entry.story.key, Fate.SUCCEEDED, FinishReason.DEADLINE)

    def _settled(self, of: Sequence[Writing]) -> list[Writing]:
        """Those that are still ours, now that the log has all that was drawn of them."""
        if of:
            self._settle_all(self.engine, of)
        return [each for each in of if self._writings.holds(each)]

    def _lose(self, engine: Engine, key: str, verdict: Verdict) -> None:
        """Stop writing a story whose log refuses us."""
        story = self._writings[key].story
        engine.abort(key)
        self._patient.run_all(story.leave(verdict))
        self._writings.let_go(key, Fate.LOST, verdict)

    def _wait_for_redis(self) -> None:
        self.last_progress = time.monotonic()
        self.metrics.store_retries.inc()
        log.warning("redis away, story waits", stories=len(self._writings))

    def _leave(self) -> None:
        """Give stories back when drained, and wake every thread that waits for one of these."""
        stories = self.in_hand()
        try:
            if self.failure is None:
                self._joblog.run_all([story.release() for story in stories])
        except StoreUnavailableError:
            log.warning("redis away; stories are left to their leases", stories=len(stories))
        fate = (Fate.RELEASED, "drained") if self.failure is None else (Fate.LOST, "engine_failed")
        for story in stories:
            self._writings.let_go(story.key, *fate)
