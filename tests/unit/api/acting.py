"""A worker played by the test, through the very commands that a real worker uses."""

import functools
import hashlib

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from shared.broker import queue_name
from shared.connections import connect
from shared.errors import ErrorCode
from shared.events import CheckpointEvent, DoneEvent, ErrorEvent, TerminalEvent, TokenEvent
from shared.joblog import Claim, JobLog, Verdict, commands, documents
from shared.joblog.documents import Document
from shared.jobs import Receipt, Usage
from shared.operations import WorkerInfo
from shared.prompts import prompt_for
from shared.schemas import FinishReason, GenerateRequest, JobStatus

MODEL = "tiny"
LEASE_MS = 60_000
MODEL_SHA256 = "aa"


def done(text: str, tokens: int, *, seed: int = 7) -> DoneEvent:
    return DoneEvent(
        finish_reason=FinishReason.STOP,
        usage=Usage(prompt_tokens=5, completion_tokens=tokens),
        receipt=Receipt(
            model=MODEL,
            model_sha256=MODEL_SHA256,
            tokenizer_sha256="bb",
            template_version="1",
            numeric_kind="cpu-fp32",
            code_version="0",
            seed=seed,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        ),
    )


class Actor:
    """Writes the tokens "t1 ", "t2 ", … of one job after another."""

    def __init__(
        self, redis_url: str, *, name: str = "w1", model: str = MODEL, context_length: int = 1024
    ) -> None:
        self._client = connect(redis_url)
        self.joblog = JobLog(self._client)
        self.name = name
        self.model = model
        self.info = WorkerInfo(
            id=name,
            model=model,
            model_sha256=MODEL_SHA256,
            numeric_kind="cpu-fp32",
            context_length=context_length,
            slots=1,
            running=0,
            tokens_per_second=50.0,
        )
        self.written = 0
        self.claimed: Claim | None = None

    def close(self) -> None:
        self._client.close()

    def beat(self) -> None:
        self.publish(Document.TOKENIZER, tokenizer_json())
        self.register()

    def publish(self, document: Document, content: str) -> None:
        self.joblog.run(documents.publish(self.info.model_sha256, document, content))

    def register(self) -> None:
        pace = self.info.tokens_per_second / self.info.slots
        self.joblog.run(commands.heartbeat(self.info, [], pace=pace))

    def claim(self, *, lease_ms: int = LEASE_MS) -> Claim:
        claimed = self.claim_if_any(lease_ms=lease_ms)
        assert claimed is not None, "no job waits"
        return claimed

    def claim_if_any(self, *, lease_ms: int = LEASE_MS) -> Claim | None:
        claimed = self.joblog.run(
            commands.claim(self.model, self.name, numeric_kind="cpu-fp32", lease_ms=lease_ms)
        )
        if claimed is None:
            return None
        self.claimed = claimed
        job = self.joblog.run(commands.read_job(claimed.job_id))
        assert job is not None
        self.written = job.count
        return claimed

    def write(self, count: int = 1, *, checkpoint: bool = False) -> None:
        """Append one token after the other; with a checkpoint behind the last one."""
        claim = self._claim
        for i in range(count):
            self.written += 1
            marks = []
            if checkpoint and i == count - 1:
                digest = hashlib.sha256(story(self.written).encode()).hexdigest()
                marks.append(CheckpointEvent(index=self.written, sha256=digest))
            verdict = self.joblog.run(
                commands.append(
                    claim.job_id, claim.epoch, token(self.written), *marks, model=self.model
                )
            )
            assert verdict is Verdict.OK

    def append_silently(self) -> None:
        """As if the message about this token were lost on its way."""
        claim = self._claim
        self.written += 1
        event = token(self.written).model_dump_json()
        log, record = f"job:{{{claim.job_id}}}:log", f"job:{{{claim.job_id}}}"
        self._client.xadd(log, {"event": event, "checkpoint": ""}, id=f"{self.written}-0")
        self._client.hset(record, "count", self.written)

    def finish(self, text: str | None = None) -> None:
        """`text`: what was written, if not by `write`."""
        told = story(self.written) if text is None else text
        self._end(JobStatus.SUCCEEDED, done(told, self.written))

    def fail(self) -> None:
        error = ErrorEvent(code=ErrorCode.GENERATION_FAILED, detail="The engine stumbled.")
        self._end(JobStatus.FAILED, error)

    def release(self) -> None:
        claim = self._claim
        assert self.joblog.run(commands.release(claim.job_id, claim.epoch))

    def set_back(self, job_id: str, seconds: float) -> None:
        """As if the job had been accepted so long before."""
        key = f"job:{{{job_id}}}"
        created = float(self._client.hget(key, "created_at") or 0)
        self._client.hset(key, "created_at", created - seconds)

    def permits(self) -> int:
        """Celery messages that wait."""
        return self._client.llen(queue_name(self.model))

    def _end(self, status: JobStatus, ending: TerminalEvent) -> None:
        claim = self._claim
        verdict = self.joblog.run(
            commands.finish(claim.job_id, claim.epoch, status, ending, model=self.model)
        )
        assert verdict is Verdict.OK

    @property
    def _claim(self) -> Claim:
        assert self.claimed is not None, "claim first"
        return self.claimed


@functools.cache
def tokenizer_json() -> str:
    """Byte-level, as the models' is; some letters stand alone, some together."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    request = GenerateRequest(story_seed="a fox")
    prompts = [prompt_for(request, None), prompt_for(request, "t1 t2 t3 ")]
    tokenizer.train_from_iterator(prompts, trainer)
    return tokenizer.to_str()


def token(index: int) -> TokenEvent:
    return TokenEvent(index=index, text=f"t{index} ", ids=[index + 100])


def story(tokens: int) -> str:
    return "".join(token(index).text for index in range(1, tokens + 1))
