"""Counts tokens as the workers do, by the tokenizers that they publish. Knows no models."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from tokenizers import Tokenizer

from services.api.aside import Aside
from shared.errors import ContextExceededError, ModelUnavailableError
from shared.fitting import Count, token_limit
from shared.joblog import AsyncJobLog, documents
from shared.joblog.documents import Document
from shared.jobspec import JobSpec
from shared.operations import WorkerInfo
from shared.prompts import prompt_for
from shared.tokens import take_as_plain_text, token_count


@dataclass(frozen=True, slots=True)
class Counters:
    """`count_for` a model's hash; each tokenizer is fetched and parsed once."""

    joblog: AsyncJobLog
    aside: Aside
    _known: dict[str, Count] = field(default_factory=dict)

    async def count_for(self, model_sha256: str) -> Count:
        """Raises ModelUnavailableError if no worker has published its tokenizer yet."""
        if model_sha256 not in self._known:
            read = documents.read(model_sha256, Document.TOKENIZER)
            content = await self.joblog.run(read)
            if content is None:
                raise ModelUnavailableError("The model's workers have not published its tokenizer.")
            # A megabyte of JSON: too long for the loop.
            self._known[model_sha256] = await self.aside.run("", _counter, content)
        return self._known[model_sha256]

    async def check_fit(self, spec: JobSpec, worker: WorkerInfo, *, payer: str) -> None:
        """Raises ContextExceededError if the worker could not write a token behind the prompt.

        As long as no worker has published its tokenizer, the worker finds out itself what a prompt
        leaves.
        """
        request = spec.request
        # Of a story so far the front is dropped until it fits.
        frame = spec.prompt if request.story_so_far is None else prompt_for(request, "")
        wanted = spec.sampling.max_new_tokens or 1
        if len(frame.encode()) + wanted <= worker.context_length:
            return  # a token has at least a byte
        with suppress(ModelUnavailableError):
            count = await self.count_for(worker.model_sha256)
            tokens = await self.aside.run(payer, count, frame)
            token_limit(
                spec.sampling,
                spec.token_budget,
                prompt_tokens=tokens,
                context=worker.context_length,
            )
            return
        if wanted >= worker.context_length:
            raise ContextExceededError(
                f"max_new_tokens is {wanted}; with its prompt a story must fit into the "
                f"{worker.context_length} tokens of the model's context"
            )


def _counter(content: str) -> Count:
    tokenizer = Tokenizer.from_str(content)
    take_as_plain_text(tokenizer)
    return partial(token_count, tokenizer)
