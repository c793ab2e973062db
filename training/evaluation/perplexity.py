"""Perplexity as a metric: token-weighted over all texts, per word, and in bits per byte."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import evaluate

from training.evaluation.metric import LocalMetric, info
from training.evaluation.scoring import Cost, Scorer


class Perplexity(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "exp of the mean negative log-likelihood of all tokens, by a sliding window. "
                "word_perplexity and bits_per_byte divide the same likelihood by words and UTF-8 "
                "bytes, so that models with different tokenizers compare."
            ),
            inputs=(
                "predictions: texts. model: a directory with a GPT-2 model and its tokenizer. "
                "prompts: context for each text, read and not scored. window, stride: in tokens."
            ),
            citation=(
                "F. Jelinek, R. L. Mercer, L. R. Bahl, J. K. Baker: Perplexity, a measure of the "
                "difficulty of speech recognition tasks. J. Acoust. Soc. Am. 62 (1977), S63."
            ),
        )

    def _compute(
        self,
        predictions: Sequence[str],
        *,
        model: str | Path,
        prompts: Sequence[str] | None = None,
        window: int | None = None,
        stride: int | None = None,
        batch_size: int = 8,
    ) -> dict[str, Any]:
        costs = Scorer.load(Path(model)).costs(
            predictions, prompts, window=window, stride=stride, batch_size=batch_size
        )
        return summary(costs)


def summary(costs: Sequence[Cost]) -> dict[str, float | int]:
    """The three measures and what they were taken over. Raises ValueError without a token."""
    nats = math.fsum(cost.nats for cost in costs)
    tokens, words = sum(cost.tokens for cost in costs), sum(cost.words for cost in costs)
    size = sum(cost.bytes for cost in costs)
    if not tokens or not words:
        raise ValueError("perplexity needs texts with at least one word")
    return {
        "perplexity": math.exp(nats / tokens),
        "word_perplexity": math.exp(nats / words),
        "bits_per_byte": nats / math.log(2) / size,
        "texts": len(costs),
        "tokens": tokens,
        "words": words,
        "bytes": size,
    }
