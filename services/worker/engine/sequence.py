"""One story being written: its tokens, its text so far and whether it has ended.

Everything here is a pure function of the ids, so a replayed story goes on exactly as it would have.
"""

import math
from collections.abc import Callable
from collections.abc import Sequence as Many
from dataclasses import dataclass

import numpy as np

from services.worker.engine.biases import Bias, always
from services.worker.engine.detokenizer import Detokenizer
from services.worker.engine.judging import Judge
from services.worker.engine.length import end_gain
from services.worker.engine.logprobs import Logprobs
from services.worker.engine.sampler import Wish
from services.worker.engine.seed_pull import SeedPull
from services.worker.engine.sentences import SentenceWatch, may_round_off
from services.worker.engine.stopping import StopMatcher
from services.worker.engine.weighing import Tokens
from shared.sampling import SamplingParams
from shared.schemas import FinishReason, Length


@dataclass(frozen=True, slots=True)
class SequenceRequest:
    """What to write. `generated` are ids that the log has already: nothing is emitted for them."""

    id: str
    prompt: str
    sampling: SamplingParams
    seed: int
    token_budget: int
    """Most tokens to write when `sampling.max_new_tokens` is None; clipped to the context."""
    generated: tuple[int, ...] = ()
    story_seed: str = ""
    """What `sampling.seed_pull` pulls toward."""
    length: Length | None = None
    """What `sampling.keep_length` keeps to."""
    avoid_explicit: bool = False
    """Whether words are held back until they are whole, and never leave if they are ruled out."""
    before: str = ""
    """What a reader sees right before the story: a word may have begun there."""
    owner: str = ""
    """Whose story it is: only they are spared running what another of theirs has run."""
    frame: str = ""
    """With what the prompt begins and everybody may know: of this, strangers' stories spare it."""


@dataclass(frozen=True, slots=True)
class StepOutput:
    """One token of one story. Only an end without a further token has `token` None."""

    id: str
    index: int
    """Tokens generated up to and including this one."""
    token: int | None
    text: str
    finish_reason: FinishReason | None
    logprobs: Logprobs | None = None
    """If they were asked for."""


class Sequence:
    """`cached` counts the tokens whose keys and values are in the cache slot."""

    def __init__(
        self,
        request: SequenceRequest,
        prompt: Many[int],
        *,
        limit: int,
        eos_ids: frozenset[int],
        bytes_of: Many[bytes],
        make_pull: Callable[[], SeedPull | None] = lambda: None,
        frame: Many[int] = (),
    ) -> None:
        self.request = request
        self.slot: int | None = None
        self.cached = 0
        self.finish_reason: FinishReason | None = None
        self._prompt_length = len(prompt)
        self._ids = np.zeros(len(prompt) + max(limit, len(request.generated)), dtype=np.int64)
        self._ids[: len(prompt)] = prompt
        # With what follows it the frame's last token may have become another one.
        self.frame = alike(self._ids[: len(prompt)], np.asarray(frame, np.int64))
        """Tokens of the prompt that everybody may know."""
        self._limit = limit
        self._eos_ids = list(eos_ids)
        self._bytes_of = bytes_of
        self._make_pull = make_pull
        self._held: list[StepOutput] = []
        self._blocked: list[int] = []
        self._replay(request.generated)

    @property
    def context(self) -> Tokens:
        """Prompt and generated ids."""
        return self._ids[: self._length]

    @property
    def generated(self) -> int:
        return self._length - self._prompt_length

    @property
    def pending(self) -> int:
        """Tokens to run before the next one can be drawn."""
        return self._length - self.cached

    def wish(self) -> Wish:
        """How its next token is to be drawn, with the aids that the request asks for."""
        request = self.request
        return Wish(request.sampling, request.seed, self.context, self._biases())

    def _biases(self) -> list[Bias]:
        biases = []
        if self._pull is not None and self._pull.bias is not None:
            biases.append(self._pull.bias)
        gain = self._end_gain()
        if gain:
            biases.append(always(self._eos_ids, gain))
        if self._blocked and not self._held:
            biases.append(always(self._blocked, -math.inf))
        return biases

    def append(self, token: int, logprobs: Logprobs | None = None) -> list[StepOutput]:
        """Take the next token; what it releases, each output with its part of the text."""
        self._held.append(self.output(token, self._accept(token), logprobs))
        if self._judge is None:
            return self._release(0)
        if self.finish_reason is not None:
            self._judge.end()
        released = self._release(self._judge.held_back)
        if self._judge.is_ruled_out:
            self._take_back()
        return released

    def fail(self) -> list[StepOutput]:
        """End without a token, because none can be drawn; nobody takes over what its slot holds."""
        self.cached = 0
        self.finish_reason = FinishReason.ERROR
        # Of what a judge holds back nobody knows whether it may leave.
        self._length -= len(self._held)
        self._held.clear()
        return [self.output(None, "")]

    def output(self, token: int | None, text: str, logprobs: Logprobs | None = None) -> StepOutput:
        return StepOutput(
            self.request.id, self.generated, token, text, self.finish_reason, logprobs
        )

    def _release(self, held_back: int) -> list[StepOutput]:
        """All but so many of the last outputs; tokens may be blocked only where these end."""
        count = max(0, len(self._held) - held_back)
        released, self._held = self._held[:count], self._held[count:]
        if released:
            self._blocked.clear()
        return released

    def _take_back(self) -> None:
        """Forget the word that nobody has seen, and never begin it in the same way again."""
        start = self._length - len(self._held)
        self._blocked.append(int(self._ids[start]))
        self._held.clear()
        self._replay(self._ids[self._prompt_length : start].tolist())
        # Its scores are wanted again, and a step gives them for what it runs.
        self.cached = min(self.cached, self._length - 1)

    def _replay(self, generated: Many[int]) -> None:
        """Be as after these tokens, which need not be shown and are not judged: they are told."""
        self.finish_reason = None
        self._length = self._prompt_length
        self._pull = self._make_pull()
        self._sentences = SentenceWatch() if self.request.sampling.end_at_sentence else None
        self._judge = Judge(self.request.before) if self.request.avoid_explicit else None
        self._detokenizer = Detokenizer(self._bytes_of)
        self._stop = StopMatcher(self.request.sampling.stop)
        for token in generated:
            self._accept(token)
            if self._judge is not None:
                self._judge.acquit()

    def _accept(self, token: int) -> str:
        """The released text. The last token also releases what is held back; a torn byte is not."""
        self._ids[self._length] = token
        self._length += 1
        if self.finish_reason is not None:
            return ""
        released = self._read(token)
        if self._judge is not None:
            self._judge.show(released)
        return released

    def _read(self, token: int) -> str:
        if token in self._eos_ids:
            self.finish_reason = FinishReason.STOP
            self._watch(token, "")
            return self._stop.flush()
        text = self._detokenizer.push(token)
        self._watch(token, text)
        released = self._stop.push(text)
        if self._stop.matched:
            self.finish_reason = FinishReason.STOP
        elif self._rounded_off():
            self.finish_reason = FinishReason.LENGTH
            return (released + self._stop.flush()).rstrip()
        elif self.generated >= self._limit:
            self.finish_reason = FinishReason.LENGTH
            return released + self._stop.flush()
        return released

    def _watch(self, token: int, text: str) -> None:
        if self._pull is not None:
            self._pull.push(token, text)
        if self._sentences is not None:
            self._sentences.push(text)
        if self._judge is not None:
            self._judge.write(text)

    def _end_gain(self) -> float:
        """What the end token gains, in nats."""
        if self._sentences is not None and not self._sentences.at_end:
            return -math.inf
        if self.request.length is None or not self.request.sampling.keep_length:
            return 0.0
        return end_gain(self.request.length, written=self.generated, limit=self._limit)

    def _rounded_off(self) -> bool:
        return self._sentences is not None and may_round_off(
            self._sentences, written=self.generated, limit=self._limit
        )


def alike(one: Tokens, other: Tokens) -> int:
    """How many tokens both begin with."""
    length = min(len(one), len(other))
    differs = one[:length] != other[:length]
    return int(differs.argmax()) if differs.any() else length
