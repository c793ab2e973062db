"""What biases make of a row of logits."""

from collections.abc import Iterable

from services.worker.engine.biases import Bias
from services.worker.engine.weighing import Scores, bias


def biased(logits: Scores, biases: Iterable[Bias]) -> Scores:
    scores = logits.copy()
    for each in biases:
        bias(scores, logits.max(), *each)
    return scores
