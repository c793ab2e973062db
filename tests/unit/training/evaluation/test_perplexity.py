"""What a text costs a model, against the plain way to compute it."""

import math
from pathlib import Path

import pytest
import torch

from tests.unit.training.evaluation.tiny import TALE, save_tiny_model
from training.evaluation.perplexity import Perplexity
from training.evaluation.scoring import Scorer

PROMPT = "Genre: fantasy.\nStory seed: a bell\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("random"))


@pytest.fixture(scope="module")
def scorer(model: Path) -> Scorer:
    return Scorer.load(model)


@torch.inference_mode()
def plain_nats(scorer: Scorer, before: list[int], tokens: list[int]) -> float:
    """One forward pass over everything, scored by the model's own loss function."""
    logits = scorer.model(torch.tensor([before + tokens])).logits[0, len(before) - 1 : -1]
    return torch.nn.functional.cross_entropy(logits, torch.tensor(tokens), reduction="sum").item()


def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(tmp_path: Path) -> None:
    save_tiny_model(tmp_path, uniform=True)
    result = Perplexity().compute(predictions=[TALE, "A cat."], model=tmp_path)
    assert result["perplexity"] == pytest.approx(320, rel=1e-4)
    tokens, size = result["tokens"], result["bytes"]
    assert size == len((TALE + "A cat.").encode())
    assert result["bits_per_byte"] == pytest.approx(tokens * math.log2(320) / size, rel=1e-4)
    words = len(TALE.split()) + 2
    assert result["word_perplexity"] == pytest.approx(320 ** (tokens / words), rel=1e-3)


def test_a_text_that_fits_costs_what_one_forward_pass_says(scorer: Scorer) -> None:
    (cost,) = scorer.costs([TALE])
    ids = scorer.tokenizer.encode(TALE)
    assert cost.tokens == len(ids)
    end = int(scorer.tokenizer.eos_token_id)
    assert cost.nats == pytest.approx(plain_nats(scorer, [end], list(ids)), rel=1e-4)


def test_a_prompt_is_read_and_not_scored(scorer: Scorer) -> None:
    (cost,) = scorer.costs([TALE], [PROMPT])
    before, ids = list(scorer.tokenizer.encode(PROMPT)), list(scorer.tokenizer.encode(TALE))
    assert cost.tokens == len(ids)
    assert cost.nats == pytest.approx(plain_nats(scorer, before, ids), rel=1e-4)


@pytest.mark.parametrize(("window", "stride"), [(16, 4), (16, 16), (9, 1), (7, 3)])
def test_every_token_is_scored_once_with_its_window_before_it(
    scorer: Scorer, window: int, stride: int
) -> None:
    """Against the definition: pass k reads `window` tokens and scores those not yet scored."""
    (cost,) = scorer.costs([TALE], window=window, stride=stride)
    ids = [int(scorer.tokenizer.eos_token_id), *scorer.tokenizer.encode(TALE)]
    expected, scored, end = 0.0, 1, window
    while scored < len(ids):
        end = min(end, len(ids) - 1)
        start = max(0, end - window)
        expected += plain_nats(scorer, ids[start:scored], ids[scored : end + 1])
        scored, end = end + 1, end + stride
    assert cost.nats == pytest.approx(expected, rel=1e-4)


def test_more_context_than_the_window_changes_the_cost(scorer: Scorer) -> None:
    narrow, wide = (scorer.costs([TALE], window=w, stride=1)[0].nats for w in (2, 200))
    assert narrow != pytest.approx(wide, rel=1e-3)


def test_the_batch_does_not_change_the_cost(scorer: Scorer) -> None:
    texts = [TALE, "A cat.", TALE[40:120], "Bells rang and rang."]
    alone = [scorer.costs([text], window=20)[0].nats for text in texts]
    together = [cost.nats for cost in scorer.costs(texts, window=20, batch_size=3)]
    assert together == pytest.approx(alone, rel=1e-4)


def test_a_stride_beyond_the_window_would_leave_tokens_out(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match="stride"):
        scorer.costs([TALE], window=8, stride=9)


def test_nothing_to_score_is_said(model: Path) -> None:
    with pytest.raises(ValueError, match="at least one word"):
        Perplexity().compute(predictions=[""], model=model)
