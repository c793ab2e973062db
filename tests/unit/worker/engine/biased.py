"""What biases make of a row of logits."""

from collections.abc import Iterable

from services.worker.engine.draws import Scores
from services.worker.engine.sampler import Bias
from services.worker.engine.weighing import bias


def biased(logits: Scores, biases: Iterable[Bias]) -> Scores:
    scores = logits.copy()
    for each in biases:
        bias(scores, logits.max(), *each)
    return scores
