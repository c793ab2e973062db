"""What numbers of less than fp32 cost a trained model: its own tales, token by token."""

import pytest
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from services.worker.engine.dtypes import Dtype
from services.worker.engine.processor import CAN_FP16
from shared.settings import BUNDLED_MODEL
from tests.bench.prompts import tales as tales_of_our_own
from tests.unit.worker.engine.conftest import needs_fp16
from tests.unit.worker.engine.test_models import chosen, every_logit, load
from tests.unit.worker.tiny_model import CONTEXT

TALES = 12
DTYPES_OF_16_BITS: tuple[Dtype, ...] = ("float16", "bfloat16")


def costs(dtype: Dtype) -> torch.Tensor:
    """Nats of each token after the first, of tales that the bundled model was shown."""
    model = load(BUNDLED_MODEL, chosen(dtype))
    tokenizer = Tokenizer.from_file(str(BUNDLED_MODEL / "tokenizer.json"))
    tales = [tokenizer.encode(text).ids[:CONTEXT] for text in tales_of_our_own()[:TALES]]
    return torch.cat(
        [
            F.cross_entropy(every_logit(model, tale[:-1]), torch.tensor(tale[1:]), reduction="none")
            for tale in tales
        ]
    )


@pytest.fixture(scope="module")
def exact_costs() -> torch.Tensor:
    return costs("float32")


@pytest.mark.parametrize(
    ("dtype", "most"),
    [("bfloat16", 0.002), ("int8", 0.01), *([("float16", 0.002)] if CAN_FP16 else [])],
)
def test_what_rounding_costs_a_trained_model(
    exact_costs: torch.Tensor, dtype: Dtype, most: float
) -> None:
    """As a share of its perplexity, about; and each token, typically."""
    more = costs(dtype) - exact_costs
    assert abs(more.mean()) < most
    assert more.std() < 10 * most


@needs_fp16
def test_fp16_strays_less_than_bf16(exact_costs: torch.Tensor) -> None:
    half, brain = (costs(dtype) - exact_costs for dtype in DTYPES_OF_16_BITS)
    assert half.std() < 0.9 * brain.std()
