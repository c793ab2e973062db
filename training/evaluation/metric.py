"""The base of our metrics: `evaluate.Metric` as a plain local class, without hub and cache."""

from typing import Any

import datasets
import evaluate

TEXTS = datasets.Features({"predictions": datasets.Value("string")})


class LocalMetric(evaluate.Metric):  # type: ignore[misc]
    """Subclasses say what they are in `_info` and compute in `_compute`.

    `evaluate` spools what it is given to a file under the user's cache and makes that folder even
    where it keeps everything in memory; a metric that reads its arguments needs neither.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(keep_in_memory=True, **options)

    def _build_data_dir(self) -> str:
        return ""


def info(
    *, description: str, inputs: str, citation: str, features: datasets.Features = TEXTS
) -> evaluate.MetricInfo:
    return evaluate.MetricInfo(
        description=description, inputs_description=inputs, citation=citation, features=features
    )
