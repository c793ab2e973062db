"""BLEU and ROUGE: how much of a reference's wording a text has."""

from collections.abc import Sequence
from itertools import zip_longest
from statistics import fmean
from typing import Any

import datasets
import evaluate
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU

from training.evaluation.metric import LocalMetric, info

PAIRS = datasets.Features(
    {
        "predictions": datasets.Value("string"),
        "references": datasets.List(datasets.Value("string")),
    }
)
ROUGES = ("rouge1", "rouge2", "rougeL")


class Bleu(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Corpus BLEU with its parts, between 0 and 1: precisions of 1- to 4-grams, brevity "
                "penalty, length ratio and both lengths in words. sacrebleu's 13a tokens, cased, "
                "exponential smoothing of zero counts."
            ),
            inputs="predictions: texts. references: for each, a list of texts.",
            citation=(
                "K. Papineni, S. Roukos, T. Ward, W.-J. Zhu: BLEU, a method for automatic "
                "evaluation of machine translation. ACL 2002. M. Post: A call for clarity in "
                "reporting BLEU scores. WMT 2018."
            ),
            features=PAIRS,
        )

    def _compute(
        self, predictions: Sequence[str], references: Sequence[Sequence[str]]
    ) -> dict[str, Any]:
        streams = [list(stream) for stream in zip_longest(*references)]
        score = BLEU().corpus_score(predictions, streams)
        return {
            "bleu": score.score / 100,
            "precisions": [precision / 100 for precision in score.precisions],
            "brevity_penalty": score.bp,
            "length_ratio": score.sys_len / score.ref_len,
            "length": score.sys_len,
            "reference_length": score.ref_len,
        }


class Rouge(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L over the texts, against the best of each "
                "one's references; lower-case words, no stemming. `each` lists the F1 of each text."
            ),
            inputs="predictions: texts. references: for each, a list of texts.",
            citation="C.-Y. Lin: ROUGE, a package for automatic evaluation of summaries. ACL 2004.",
            features=PAIRS,
        )

    def _compute(
        self, predictions: Sequence[str], references: Sequence[Sequence[str]]
    ) -> dict[str, Any]:
        scorer = RougeScorer(ROUGES)
        scores = [
            scorer.score_multi(wanted, text)
            for text, wanted in zip(predictions, references, strict=True)
        ]
        each = {name: [float(score[name].fmeasure) for score in scores] for name in ROUGES}
        return {**{name: fmean(values) for name, values in each.items()}, "each": each}
