"""Continuous batching: stories join and leave between steps, one forward pass serves them all.

Knows neither jobs nor queues. Load and run it in one thread: two cost a third of the speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

import torch

from services.worker.engine.checkpoint import load_checkpoint
from services.worker.engine.dtypes import Dtype
from services.worker.engine.kernels import ALL_THREADS, make_model, set_threads
from services.worker.engine.logprobs import Logprobs, logprobs
from services.worker.engine.numerics import numeric_kind
from services.worker.engine.runner import Runner
from services.worker.engine.sampler import sample
from services.worker.engine.scheduler import Plan, Scheduler
from services.worker.engine.seed_pull import pull_maker
from services.worker.engine.selftest import self_test
from services.worker.engine.sequence import Sequence, SequenceRequest, StepOutput
from services.worker.engine.tokenizer import StoryTokenizer, load_tokenizer
from services.worker.engine.weighing import Scores
from shared.errors import ModelLoadError
from shared.fitting import token_limit

WORTH_THREADS = 50_000_000
"""Parameters below which threads spend more on meeting than they save: 7 M parameters wrote up to
1,400 tokens/s with one thread where two, on a busy machine, came to 760 at best."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine serves, in the words of a receipt."""

    name: str
    directory: Path
    context_length: int
    max_batch: int
    model_sha256: str
    tokenizer_sha256: str
    numeric_kind: str


class Engine:
    """`add_request()`, then `step()` while `has_work`: each step draws one token a story."""

    def __init__(
        self,
        info: EngineInfo,
        *,
        runner: Runner,
        tokenizer: StoryTokenizer,
        scheduler: Scheduler,
        eos_ids: tuple[int, ...],
    ) -> None:
        self._info = info
        self._runner = runner
        self._tokenizer = tokenizer
        self._scheduler = scheduler
        self._eos_ids = eos_ids
        self._sequences: dict[str, Sequence] = {}

    @classmethod
    @torch.inference_mode()
    def load(
        cls,
        model: str,
        *,
        dtype: Dtype = "auto",
        max_batch: int = 16,
        prefill_token_budget: int = 64,
        threads: int | None = None,
    ) -> Self:
        """Load a directory or hub id. Raises ModelLoadError, whose text says what is wrong."""
        checkpoint = load_checkpoint(model)
        tokenizer = load_tokenizer(checkpoint.directory, checkpoint.config.vocab_size)
        eos_ids = checkpoint.eos_ids or tokenizer.eos_ids
        if not eos_ids:
            raise ModelLoadError(f"{model} names no end-of-text token")
        loaded = make_model(checkpoint, dtype)
        info = EngineInfo(
            name=checkpoint.name,
            directory=checkpoint.directory,
            context_length=loaded.context,
            max_batch=max_batch,
            model_sha256=checkpoint.sha256,
            tokenizer_sha256=tokenizer.sha256,
            numeric_kind=numeric_kind(loaded.arithmetic, self_test(loaded), device=loaded.device),
        )
        usual = ALL_THREADS if checkpoint.parameters >= WORTH_THREADS else 1
        set_threads(threads or usual, loaded)
        return cls(
            info,
            runner=loaded.runner(slots=max_batch, context=loaded.context),
            tokenizer=tokenizer,
            scheduler=Scheduler(slots=max_batch, prefill_token_budget=prefill_token_budget),
            eos_ids=eos_ids,
        )

    @property
    def name(self) -> str:
        return self._info.name

    @property
    def directory(self) -> Path:
        """Where the model was loaded from."""
        return self._info.directory

    @property
    def context_length(self) -> int:
        return self._info.context_length

    @property
    def max_batch(self) -> int:
        return self._info.max_batch

    @property
    def model_sha256(self) -> str:
        return self._info.model_sha256

    @property
    def tokenizer_sha256(self) -> str:
        return self._info.tokenizer_sha256

    @property
    def numeric_kind(self) -> str:
        return self._info.numeric_kind

    @property
    def has_work(self) -> bool:
        return bool(self._sequences)

    @property
    def free_slots(self) -> int:
        """How many more requests would run at once rather than wait."""
        return self._scheduler.free_slots

    def count_tokens(self, text: str) -> int:
        """How many tokens of the context a prompt takes."""
        return self._tokenizer.count(text)

    def tokenizer_json(self) -> str:
        """The tokenizer in the form of its library, for those who count without an engine."""
        return self._tokenizer.tokenizer.to_str()

    def add_request(self, request: SequenceRequest) -> int:
        """Queue a story and return its prompt's token count. Raises ContextExceededError."""
        if request.id in self._sequences:
            raise ValueError(f"sequence {request.id} is already being written")
        encode = self._tokenizer.encode
        prompt = encode(request.prompt) or [self._eos_ids[0]]
        sequence = Sequence(
            request,
            prompt,
            limit=token_limit(
                request.sampling,
                request.token_budget,
                prompt_tokens=len(prompt),
                context=self.context_length,
            ),
            eos_ids=frozenset(self._eos_ids),
            bytes_of=self._tokenizer.bytes_of,
            make_pull=pull_maker(request.story_seed, request.sampling.seed_pull, encode),
            frame=encode(request.frame),
        )
        self._sequences[request.id] = sequence
        if sequence.finish_reason is None:
            self._scheduler.add(sequence)
        return len(prompt)

    def abort(self, id: str) -> None:
        """Forget a story and free its slot at once. An unknown id is no error."""
        sequence = self._sequences.pop(id, None)
        if sequence is not None and sequence.finish_reason is None:
            self._scheduler.remove(sequence)

    def drawn(self, id: str) -> int:
        """Tokens of a story, also those that are held back; 0 of an unknown one."""
        sequence = self._sequences.get(id)
        return 0 if sequence is None else sequence.generated

    def step(self) -> list[StepOutput]:
        """Schedule, run, postprocess: the tokens that stories past their prefill release, in order.

        One for each as a rule; none or several where words are held back until they are whole.
        """
        return [output for part in self.step_in_parts() for output in part]

    def step_in_parts(self) -> Iterator[list[StepOutput]]:
        """As `step`: those that ended before, then those that begin, then the others.

        The first part, mostly empty, comes when all is computed and nothing drawn: from then on one
        thread alone has work, and the other cores are free for whoever is told. To be taken to its
        end: a story that is not drawn stands still for ever.
        """
        finished, plan = self._already_finished(), self._scheduler.schedule()
        drawing = [work.sequence for work in plan.works if work.completes]
        beginning = sum(work.completes for work in plan.reading)
        logits = self._run(plan) if plan.works else None
        yield finished
        if logits is None or not drawing:
            return
        tokens = sample(logits, [sequence.wish() for sequence in drawing])
        rows = zip(drawing, logits, tokens, strict=True)
        for part in (islice(rows, beginning), rows):
            yield [output for row in part for output in self._take(*row)]

    @torch.inference_mode()
    def _run(self, plan: Plan) -> Scores:
        """The logits of the works that complete, in their order."""
        for copy in plan.copies:
            self._runner.copy(copy.source, copy.target, copy.count)
        logits = self._runner.forward([work.chunk for work in plan.works]).numpy()
        for work in plan.works:
            work.sequence.cached += work.count
        return logits

    def _already_finished(self) -> list[StepOutput]:
        """Resumed stories whose log turned out to be complete."""
        finished = [seq for seq in self._sequences.values() if seq.finish_reason is not None]
        for sequence in finished:
            del self._sequences[sequence.request.id]
        return [sequence.output(None, "") for sequence in finished]

    def _take(self, sequence: Sequence, logits: Scores, token: int | None) -> list[StepOutput]:
        """Go on with what was drawn; an ended story leaves before the next step."""
        if token is None:
            outputs = sequence.fail()
        else:
            outputs = sequence.append(token, self._logprobs(sequence, logits, token))
        if sequence.finish_reason is not None:
            self._scheduler.remove(sequence)
            del self._sequences[sequence.request.id]
        return outputs

    def _logprobs(self, sequence: Sequence, logits: Scores, token: int) -> Logprobs | None:
        count = sequence.request.sampling.logprobs
        if count is None:
            return None
        return logprobs(logits, token, count=count, bytes_of=self._tokenizer.bytes_of)
