"""The one thread that loads the model, runs the engine and writes every step to the log.

Loading in one thread and looping in another cost a third of the speed, so this thread does both.
Other threads hand it stories and wait; they never touch the engine.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from services.worker.engine import Engine, StepOutput
from services.worker.story import ModelIdentity, Story
from shared.errors import GenerationFailedError, ServiceError, StoreUnavailableError
from shared.fitting import fitted_prompt
from shared.joblog import Command, JobLog, Verdict

T = TypeVar("T")
log = structlog.get_logger()
IDLE_SECONDS = 0.5
STORE_RETRY_SECONDS = 0.2
RATE_WINDOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Begin:
    story: Story
    ended: threading.Event


@dataclass(frozen=True, slots=True)
class _Abort:
    key: str


class EngineThread(threading.Thread):
    """Feed it with `begin`; end it with `drain`, then `join`."""

    def __init__(
        self, load: Callable[[], Engine], joblog: JobLog, *, on_failure: Callable[[], None]
    ) -> None:
        """`on_failure` is called once, in this thread, if the engine dies after it was loaded."""
        super().__init__(name="engine", daemon=True)
        self._load = load
        self._on_failure = on_failure
        self._joblog = joblog
        self._engine: Engine | None = None
        self._inbox: queue.SimpleQueue[_Begin | _Abort | None] = queue.SimpleQueue()
        self._active: dict[str, _Begin] = {}
        self._loaded = threading.Event()
        self._draining = threading.Event()
        self._rate = _Rate()
        self.failure: BaseException | None = None
        self.last_progress = time.monotonic()

    @property
    def engine(self) -> Engine:
        """The loaded engine; only its constants may be read from other threads."""
        assert self._engine is not None
        return self._engine

    @property
    def draining(self) -> bool:
        return self._draining.is_set()

    @property
    def tokens_per_second(self) -> float:
        return self._rate.value

    def wait_until_loaded(self) -> Engine:
        """Block until the model is ready. Raises what loading raised."""
        self._loaded.wait()
        if self.failure is not None:
            raise self.failure
        return self.engine

    def identity(self) -> ModelIdentity:
        engine = self.engine
        return ModelIdentity(engine.name, engine.model_sha256, engine.tokenizer_sha256)

    def begin(self, story: Story) -> threading.Event:
        """Hand over a story; the event is set once this worker has nothing more to do with it."""
        entry = _Begin(story, threading.Event())
        self._active[story.key] = entry
        self._inbox.put(entry)
        return entry.ended

    def abort(self, key: str) -> None:
        """Stop writing a story that is no longer ours; unknown keys are ignored."""
        self._inbox.put(_Abort(key))

    def drain(self) -> None:
        """Stop after the current token and give every story back. Safe in a signal handler."""
        self._draining.set()
        self._inbox.put(None)

    def in_hand(self) -> list[Story]:
        return [entry.story for entry in list(self._active.values())]

    def run(self) -> None:
        try:
            self._engine = self._load()
        except BaseException as error:
            self.failure = error
            return
        finally:
            self._loaded.set()
        try:
            while not self.draining:
                self._turn(self.engine)
        except Exception as error:
            log.exception("engine failed; its stories go to other workers as their leases end")
            self.failure = error
            self._on_failure()
        self._leave()

    def _turn(self, engine: Engine) -> None:
        self._take_inbox(engine, wait=not engine.has_work)
        self.last_progress = time.monotonic()
        if engine.has_work and not self.draining:
            outputs = engine.step()
            self._rate.count(sum(output.token is not None for output in outputs))
            self._record(engine, outputs)

    def _take_inbox(self, engine: Engine, *, wait: bool) -> None:
        try:
            message = self._inbox.get(block=wait, timeout=IDLE_SECONDS)
            while True:
                if isinstance(message, _Begin):
                    self._admit(engine, message)
                elif isinstance(message, _Abort):
                    engine.abort(message.key)
                    self._let_go(message.key)
                message = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _admit(self, engine: Engine, entry: _Begin) -> None:
        story = entry.story
        if self._active.get(story.key) is not entry:
            return  # Lost before its turn came.
        try:
            prompt = fitted_prompt(
                story.claim.spec, context=engine.context_length, count=engine.count_tokens
            )
            story.prompt_tokens = engine.add_request(story.request(prompt))
        except ServiceError as error:
            log.warning("story refused", job=story.job_id, code=error.code, detail=error.detail)
            self._end_failed(story, error)
        except Exception:
            # One story that the engine cannot take must not take the others with it.
            log.exception("story refused", job=story.job_id)
            self._end_failed(story, GenerationFailedError("The engine cannot take up this story."))

    def _end_failed(self, story: Story, error: ServiceError) -> None:
        self._send([story.fail(error)])
        self._let_go(story.key)

    def _record(self, engine: Engine, outputs: Sequence[StepOutput]) -> None:
        """Write one step of all stories in one round trip; drop those that are ended or lost."""
        plan = [
            (output, command)
            for output in outputs
            for command in self._active[output.id].story.record(output)
        ]
        verdicts = self._send([command for _, command in plan])
        for (output, _), verdict in zip(plan, verdicts, strict=False):
            if verdict in (Verdict.STALE, Verdict.GAP) and output.id in self._active:
                self._lose(engine, output.id, verdict)
        for output in outputs:
            if output.finish_reason is not None:
                self._let_go(output.id)

    def _lose(self, engine: Engine, key: str, verdict: Verdict) -> None:
        """Stop writing a story whose log refuses us."""
        story = self._active[key].story
        log.info("story lost", job=story.job_id, verdict=verdict)
        engine.abort(key)
        if verdict is Verdict.GAP:
            # Redis came back without its last second; whoever claims next goes on from its log.
            self._send([story.release()])
        self._let_go(key)

    def _send(self, batch: Sequence[Command[T]]) -> list[T]:
        """Send until Redis takes it; a repeated append is recognised there. Empty when drained."""
        while batch:
            try:
                return self._joblog.run_all(batch)
            except StoreUnavailableError:
                self.last_progress = time.monotonic()
                if self._draining.wait(STORE_RETRY_SECONDS):
                    return []
                log.warning("redis away, story waits", stories=len(self._active))
        return []

    def _let_go(self, key: str) -> None:
        entry = self._active.pop(key, None)
        if entry is not None:
            entry.ended.set()

    def _leave(self) -> None:
        """Give stories back when drained, and wake every waiting thread in any case."""
        try:
            if self.failure is None and self._active:
                self._joblog.run_all([story.release() for story in self.in_hand()])
        except StoreUnavailableError:
            log.warning("redis away; stories are left to their leases", stories=len(self._active))
        for key in list(self._active):
            self._let_go(key)


class _Rate:
    """Tokens a second over the last busy window; 0 until the first window is full."""

    def __init__(self) -> None:
        self.value = 0.0
        self._tokens = 0
        self._since = time.monotonic()

    def count(self, tokens: int) -> None:
        now = time.monotonic()
        elapsed = now - self._since
        if elapsed > 2 * RATE_WINDOW_SECONDS:  # it stood idle in between: not a measurement
            self._tokens, self._since = tokens, now
            return
        self._tokens += tokens
        if elapsed >= RATE_WINDOW_SECONDS:
            self.value = self._tokens / elapsed
            self._tokens, self._since = 0, now
