"""What rounding costs a trained model: the bundled one, on the tales that it was shown."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from services.worker.engine.checkpoint import load_checkpoint
from services.worker.engine.dtypes import Dtype
from services.worker.engine.kernels import make_model
from services.worker.engine.runner import Chunk
from shared.settings import BUNDLED_MODEL
from tests.bench.prompts import tales

TALES, TOKENS = 12, 160


def costs(dtype: Dtype) -> np.ndarray:
    """Nats of each token after the first."""
    model = make_model(load_checkpoint(str(BUNDLED_MODEL)), dtype)
    tokenizer = Tokenizer.from_file(str(BUNDLED_MODEL / "tokenizer.json"))

    def of_tale(text: str) -> Iterator[float]:
        forward = model.runner(slots=1, context=TOKENS).forward
        tokens = tokenizer.encode(text).ids[:TOKENS]
        for position, (token, following) in enumerate(pairwise(tokens)):
            logits = forward([Chunk(0, position, [token], True)])[0]
            yield float(-torch.log_softmax(logits, 0)[following])

    return np.array([cost for text in tales()[:TALES] for cost in of_tale(text)])


@pytest.fixture(scope="module")
def exact() -> np.ndarray:
    return costs("float32")


@pytest.mark.parametrize(("dtype", "most"), [("bfloat16", 0.002), ("int8", 0.01)])
def test_what_it_costs_the_bundled_model(exact: np.ndarray, dtype: Dtype, most: float) -> None:
    """As a share of its perplexity, about; and each token, typically."""
    more = costs(dtype) - exact
    assert abs(more.mean()) < most
    assert more.std() < 10 * most
