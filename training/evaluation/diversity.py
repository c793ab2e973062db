"""How varied texts are: distinct-n, self-BLEU, and what a text repeats within itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

import evaluate
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from training.evaluation.metric import LocalMetric, info
from training.evaluation.words import sentences
from training.readability import words_of

Gram = tuple[str, ...]
ORDERS = (1, 2, 3, 4)


class Distinct(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Different n-grams over all n-grams, n = 1, 2, 3: `distinct_n` over all texts "
                "together, which falls with their number and length, and `mean_distinct_n`, the "
                "mean over texts of each one's own."
            ),
            inputs="predictions: texts.",
            citation=(
                "J. Li, M. Galley, C. Brockett, J. Gao, B. Dolan: A diversity-promoting objective "
                "function for neural conversation models. NAACL 2016."
            ),
        )

    def _compute(self, predictions: Sequence[str]) -> dict[str, float]:
        words = [words_of(text) for text in predictions]
        result = {}
        for n in (1, 2, 3):
            each = [list(grams(text, n)) for text in words]
            result[f"distinct_{n}"] = _different([gram for one in each for gram in one])
            result[f"mean_distinct_{n}"] = fmean(_different(one) for one in each)
        return result


class SelfBleu(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Mean BLEU of each text with all the others as its references, between 0 and 1: "
                "the higher, the more alike the texts are. `each` lists them."
            ),
            inputs="predictions: two texts or more.",
            citation=(
                "Y. Zhu and others: Texygen, a benchmarking platform for text generation models. "
                "SIGIR 2018."
            ),
        )

    def _compute(self, predictions: Sequence[str]) -> dict[str, Any]:
        if len(predictions) < 2:
            raise ValueError("self-BLEU compares at least two texts")
        each = self_bleus(predictions)
        return {"self_bleu": fmean(each), "each": each}


class Repetition(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Means over texts: `repeated_4_grams`, the share of a text's 4-grams that it had "
                "before (seq-rep-4), and `repeated_sentences`, the same of its sentences."
            ),
            inputs="predictions: texts.",
            citation=(
                "S. Welleck and others: Neural text generation with unlikelihood training. "
                "ICLR 2020."
            ),
        )

    def _compute(self, predictions: Sequence[str]) -> dict[str, float]:
        runs = [list(grams(words_of(text), 4)) for text in predictions]
        said = [[" ".join(words_of(part)) for part in sentences(text)] for text in predictions]
        return {
            "repeated_4_grams": fmean(1 - _different(run) for run in runs),
            "repeated_sentences": fmean(1 - _different(one) for one in said),
        }


def grams(words: Sequence[str], n: int) -> Iterator[Gram]:
    return (tuple(words[at : at + n]) for at in range(len(words) - n + 1))


def self_bleus(texts: Sequence[str]) -> list[float]:
    """sacrebleu's sentence BLEU with the other texts as references, without counting them anew.

    A gram's count is clipped at its most frequent use in another text: that is the largest count
    of all, or the second largest for the text that has the largest.
    """
    split = Tokenizer13a()  # type: ignore[no-untyped-call]
    tokens = [split(text).split() for text in texts]
    counts = [Counter(gram for n in ORDERS for gram in grams(words, n)) for words in tokens]
    largest, second = dict[Gram, int](), dict[Gram, int]()
    for count in counts:
        for gram, times in count.items():
            best = largest.get(gram, 0)
            second[gram] = max(second.get(gram, 0), min(times, best))
            largest[gram] = max(times, best)
    lengths = [len(words) for words in tokens]
    result = []
    for at, count in enumerate(counts):
        correct, total = [0] * len(ORDERS), [0] * len(ORDERS)
        for gram, times in count.items():
            others = second[gram] if times == largest[gram] else largest[gram]
            correct[len(gram) - 1] += min(times, others)
            total[len(gram) - 1] += times
        others_length = _closest(lengths[at], [*lengths[:at], *lengths[at + 1 :]])
        score = BLEU.compute_bleu(
            correct,
            total,
            lengths[at],
            others_length,
            smooth_method="exp",
            effective_order=True,
        )
        result.append(score.score / 100)
    return result


def _closest(length: int, others: Sequence[int]) -> int:
    """The nearest length; of two, the shorter."""
    return min(others, key=lambda other: (abs(other - length), other))


def _different(things: Sequence[object]) -> float:
    """Share of different ones; 1 where there is none to repeat."""
    return len(set(things)) / len(things) if things else 1.0
