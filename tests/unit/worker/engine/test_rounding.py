"""What numbers of less than fp32 cost a trained model: its own tales, token by token. And what
`auto` makes of it."""

import pytest
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from services.worker.engine import kernels
from services.worker.engine.checkpoint import load_checkpoint
from services.worker.engine.dtypes import Dtype
from services.worker.engine.kernels import make_model
from services.worker.engine.processor import CAN_FP16
from services.worker.engine.rounding import MOST_NATS, nats_lost
from shared.settings import BUNDLED_MODEL
from tests.bench.prompts import tales as tales_of_our_own
from tests.unit.worker.engine.conftest import needs_fp16
from tests.unit.worker.engine.test_models import chosen, every_logit, load
from tests.unit.worker.tiny_model import CONTEXT

TALES = 12
BYTES_NAME = "panels-int8-fp32"
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


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8"])
def test_what_it_costs_is_foreseen_as_a_model_is_loaded(
    exact_costs: torch.Tensor, dtype: Dtype
) -> None:
    """Of small errors, the divergence is about half their variance."""
    checkpoint = load_checkpoint(str(BUNDLED_MODEL))
    foreseen = nats_lost(make_model(checkpoint, dtype), checkpoint)
    variance = float((costs(dtype) - exact_costs).var())
    assert variance / 6 < foreseen < 2 * variance or foreseen < 1e-6 > variance


@pytest.fixture
def bytes_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere they are multiplied to the same bits."""
    monkeypatch.setattr(kernels, "BYTES_PAY", True)


@pytest.mark.usefixtures("bytes_pay")
def test_auto_rounds_to_bytes_where_that_costs_little() -> None:
    assert make_model(load_checkpoint(str(BUNDLED_MODEL)), "auto").arithmetic == BYTES_NAME


@pytest.mark.usefixtures("bytes_pay")
def test_a_model_with_a_few_great_activations_is_not_rounded_to_bytes() -> None:
    """A norm multiplies a number by so much, and what reads it divides by as much."""
    checkpoint = load_checkpoint(str(BUNDLED_MODEL))
    for norm, reader in (("ln_1", "attn.c_attn"), ("ln_2", "mlp.c_fc")):
        for part in ("weight", "bias"):
            checkpoint.tensors[f"h.0.{norm}.{part}"][7] *= 300
        checkpoint.tensors[f"h.0.{reader}.weight"][7] /= 300
    assert nats_lost(make_model(checkpoint, "bfloat16"), checkpoint) < MOST_NATS / 20
    assert nats_lost(make_model(checkpoint, "int8"), checkpoint) > MOST_NATS
    assert make_model(checkpoint, "auto").arithmetic != BYTES_NAME


@pytest.mark.usefixtures("bytes_pay")
def test_a_model_that_foretells_nothing_is_not_rounded_to_bytes() -> None:
    checkpoint = load_checkpoint(str(BUNDLED_MODEL))
    checkpoint.tensors["ln_f.bias"][0] = torch.nan
    assert make_model(checkpoint, "auto").arithmetic != BYTES_NAME


@needs_fp16
def test_fp16_strays_less_than_bf16(exact_costs: torch.Tensor) -> None:
    half, brain = (costs(dtype) - exact_costs for dtype in DTYPES_OF_16_BITS)
    assert half.std() < 0.9 * brain.std()
