"""Counts tokens as the workers do, by the tokenizers that they publish. Knows no models."""

from dataclasses import dataclass, field
from functools import partial

import anyio.to_thread
from tokenizers import Tokenizer

from shared.errors import ModelUnavailableError
from shared.fitting import Count
from shared.joblog import AsyncJobLog, documents
from shared.joblog.documents import Document
from shared.tokens import take_as_plain_text, token_count


@dataclass(frozen=True, slots=True)
class Counters:
    """`count_for` a model's hash; each tokenizer is fetched and parsed once."""

    joblog: AsyncJobLog
    _known: dict[str, Count] = field(default_factory=dict)

    async def count_for(self, model_sha256: str) -> Count:
        """Raises ModelUnavailableError if no worker has published its tokenizer yet."""
        if model_sha256 not in self._known:
            read = documents.read(model_sha256, Document.TOKENIZER)
            content = await self.joblog.run(read)
            if content is None:
                raise ModelUnavailableError("The model's workers have not published its tokenizer.")
            # A megabyte of JSON: too long for the loop.
            self._known[model_sha256] = await anyio.to_thread.run_sync(_counter, content)
        return self._known[model_sha256]


def _counter(content: str) -> Count:
    tokenizer = Tokenizer.from_str(content)
    take_as_plain_text(tokenizer)
    return partial(token_count, tokenizer)
