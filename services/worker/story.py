"""One claimed story as its worker writes it: engine output in, log commands out.

Knows neither the engine's inside nor when or how the commands are sent.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from services.worker.engine import Engine, Logprobs, SequenceRequest, StepOutput
from shared.content import AVOID_EXPLICIT, ruled
from shared.errors import GenerationFailedError, ServiceError
from shared.events import (
    CheckpointEvent,
    ChosenLogprob,
    DoneEvent,
    DrawnToken,
    ErrorEvent,
    LogEvent,
    TokenEvent,
    TokenLogprob,
)
from shared.hashes import StoryHashes
from shared.joblog import Claim, Command, LogEntry, Verdict, commands, deadlines, turns
from shared.jobs import Receipt, Usage
from shared.prompts import frame_of
from shared.schemas import FinishReason, JobStatus, Length
from shared.version import VERSION

CHECKPOINT_EVERY = 32


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What of the loaded model a receipt names."""

    name: str
    sha256: str
    tokenizer_sha256: str

    @classmethod
    def of(cls, engine: Engine) -> Self:
        return cls(engine.name, engine.model_sha256, engine.tokenizer_sha256)


class Story:
    """A story under one claim."""

    def __init__(self, claim: Claim, log: Sequence[LogEntry], identity: ModelIdentity) -> None:
        self.claim = claim
        self.key = f"{claim.job_id}#{claim.epoch}#{secrets.token_hex(4)}"
        """Names this story under this claim. A worker can lose a job and claim it again, and, if
        Redis forgot the first claim, even under the same epoch."""
        self.prompt_tokens = 0
        self._identity = identity
        self._written = tuple(token for entry in log for token in entry.token.ids)
        self._count = self._asked_at = len(self._written)
        left = claim.seconds_left
        self._due = None if left is None else time.monotonic() + left
        self._hashes = StoryHashes()
        for entry in log:
            self._hashes.add(entry.token.text, entry.token.ids)

    @property
    def job_id(self) -> str:
        return self.claim.job_id

    @property
    def is_overdue(self) -> bool:
        """Whether its deadline has passed."""
        return self._due is not None and time.monotonic() >= self._due

    @property
    def has_told(self) -> bool:
        """Whether this claim has put anything into the log."""
        return self._count > len(self._written)

    @property
    def _avoids_explicit(self) -> bool:
        return AVOID_EXPLICIT in self.claim.spec.request.controls.constraints

    def request(self, prompt: str) -> SequenceRequest:
        """What the engine is asked: to go on behind what the log holds."""
        spec = self.claim.spec
        return SequenceRequest(
            id=self.key,
            prompt=prompt,
            sampling=spec.sampling,
            seed=spec.seed,
            token_budget=spec.token_budget,
            generated=self._written,
            story_seed=spec.request.story_seed or "",
            length=self._length(),
            avoid_explicit=self._avoids_explicit,
            before=spec.request.story_so_far or spec.request.raw_prompt or "",
            owner=self.claim.tenant,
            frame="" if spec.request.raw_prompt is not None else frame_of(prompt),
        )

    def record(self, *outputs: StepOutput) -> list[Command[Verdict]]:
        """Commands that put steps of this story into the log, and end it if it is done."""
        recorded = []
        if any(output.token is not None for output in outputs):
            recorded.append(self._append(outputs))
        last = outputs[-1]
        if last.finish_reason is FinishReason.ERROR:
            error = GenerationFailedError("The model gave scores that are no numbers.")
            recorded.append(self.fail(error))
        elif last.finish_reason is not None:
            recorded.append(self._finish(last.index, last.finish_reason))
        return recorded

    def end_at_deadline(self) -> Command[Verdict]:
        """The command that ends this story with what is in the log."""
        return self._finish(self._count, FinishReason.DEADLINE)

    def foresee_deadline(self) -> list[Command[bool]]:
        """What lets others end this story so, if it has a deadline and all workers are lost."""
        if self._due is None:
            return []
        ending = self._done(self._count, FinishReason.DEADLINE)
        return [deadlines.foresee(self.job_id, self.claim.epoch, ending)]

    def fail(self, error: ServiceError) -> Command[Verdict]:
        """The command that ends this story with an error."""
        return commands.finish(
            self.job_id,
            self.claim.epoch,
            JobStatus.FAILED,
            ErrorEvent(code=error.code, detail=error.detail),
            model=self._identity.name,
        )

    def release(self) -> Command[bool]:
        """The command that gives this story back to the queue."""
        return commands.release(self.job_id, self.claim.epoch)

    def leave(self, verdict: Verdict) -> list[Command[bool]]:
        """What is to become of this story when its log refuses it with this verdict."""
        if verdict is Verdict.GAP:
            # Redis came back without its last second; whoever claims next goes on from its log.
            return [self.release()]
        if verdict is Verdict.DAMAGED:
            return [commands.condemn(self.job_id, self.claim.epoch)]
        return []

    def is_due(self, quantum: int, drawn: int) -> bool:
        """Whether so many tokens were drawn since this was last so, or since the claim.

        `drawn`: those of the whole story, told or held back. One that told none would have to draw
        the same again, so it goes on.
        """
        if not self.has_told or self.until_due(quantum, drawn) > 0:
            return False
        self._asked_at = drawn
        return True

    def until_due(self, quantum: int, drawn: int) -> int:
        """How many tokens more are to be drawn before it can be."""
        return self._asked_at + quantum - drawn

    def yield_slot(self, numeric_kind: str, quantum: int) -> Command[turns.Answer]:
        """The command that hands this story's slot to another one, if one is to have it."""
        return turns.yield_slot(
            self.job_id,
            self.claim.epoch,
            model=self._identity.name,
            priority=self.claim.spec.request.priority,
            worker=self.claim.worker,
            numeric_kind=numeric_kind,
            quantum=quantum,
        )

    def _length(self) -> Length | None:
        """Of a story, or of a passage of it. What is measured in tokens, or goes on from a raw
        prompt, has no class.
        """
        spec, request = self.claim.spec, self.claim.spec.request
        has_class = request.raw_prompt is None and spec.sampling.max_new_tokens is None
        return request.controls.length if has_class else None

    def _append(self, outputs: Sequence[StepOutput]) -> Command[Verdict]:
        return commands.append(
            self.job_id,
            self.claim.epoch,
            *self._events(outputs),
            model=self._identity.name,
            prompt_tokens=self.prompt_tokens,
        )

    def _events(self, outputs: Sequence[StepOutput]) -> Iterator[LogEvent]:
        # What is not in the hashes yet: to add many at once takes hardly longer than to add one.
        text, ids = "", []
        for output in outputs:
            if output.token is None:
                continue
            self._count = output.index
            text += output.text
            ids.append(output.token)
            token = DrawnToken(output.index, output.text, (output.token,))
            yield token if output.logprobs is None else _scored(token, output.logprobs)
            if output.index % CHECKPOINT_EVERY == 0 or output.finish_reason is not None:
                self._hashes.add(text, ids)
                text, ids = "", []
                yield CheckpointEvent(index=output.index, sha256=self._hashes.text_sha256)
        self._hashes.add(text, ids)

    def _finish(self, index: int, reason: FinishReason) -> Command[Verdict]:
        return commands.finish(
            self.job_id,
            self.claim.epoch,
            JobStatus.SUCCEEDED,
            self._done(index, reason),
            model=self._identity.name,
        )

    def _done(self, index: int, reason: FinishReason) -> DoneEvent:
        return DoneEvent(
            finish_reason=reason,
            usage=Usage(prompt_tokens=self.prompt_tokens, completion_tokens=index),
            receipt=Receipt(
                model=self._identity.name,
                model_sha256=self._identity.sha256,
                tokenizer_sha256=self._identity.tokenizer_sha256,
                template_version=self.claim.spec.template_version,
                numeric_kind=self.claim.numeric_kind,
                code_version=VERSION,
                content_list=ruled().version if self._avoids_explicit else None,
                seed=self.claim.spec.seed,
                text_sha256=self._hashes.text_sha256,
                tokens_sha256=self._hashes.tokens_sha256,
            ),
        )


def _scored(token: DrawnToken, scores: Logprobs) -> TokenEvent:
    chosen, *top = (
        TokenLogprob(id=each.token, text=each.text, logprob=each.logprob)
        for each in (scores.chosen, *scores.top)
    )
    scored = ChosenLogprob(**dict(chosen), top=top)
    return TokenEvent(index=token.index, text=token.text, ids=list(token.ids), logprobs=[scored])
