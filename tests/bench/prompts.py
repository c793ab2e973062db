"""The same prompts and sampling for everybody: prompts of exactly so many tokens of the tales."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tokenizers import Tokenizer

TALES = Path("training/data/tales.jsonl")
SHORT, LONG = 32, 700
"""Tokens of a prompt."""
TOP_K, TOP_P = 50, 0.95


def tales() -> list[str]:
    with TALES.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def cut_prompts(
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    count: int,
    tokens: int,
    wrap: Callable[[str], str] = str,
) -> list[str]:
    """Different beginnings, each of which has exactly `tokens` tokens once `wrap` is around it.

    Raises ValueError if the texts do not have so many.
    """
    found = _beginnings(tokenizer, texts, tokens, wrap)
    prompts = list(itertools.islice(found, count))
    if len(prompts) < count:
        raise ValueError(f"only {len(prompts)} of {count} prompts of {tokens} tokens found")
    return prompts


def _beginnings(
    tokenizer: Tokenizer, texts: Sequence[str], tokens: int, wrap: Callable[[str], str]
) -> Iterator[str]:
    for start in range(len(texts)):
        text = _long_enough(tokenizer, texts[start:], tokens)
        if text is None:
            return
        offsets = tokenizer.encode(text).offsets
        for _, end in reversed(offsets[:tokens]):
            if len(tokenizer.encode(wrap(text[:end])).ids) == tokens:
                yield text[:end]
                break


def _long_enough(tokenizer: Tokenizer, texts: Sequence[str], tokens: int) -> str | None:
    """As many texts in a row as it takes, no further."""
    for count in range(1, len(texts) + 1):
        joined = "\n\n".join(texts[:count])
        if len(tokenizer.encode(joined).ids) >= tokens:
            return joined
    return None
