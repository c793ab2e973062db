"""Draws follow the distribution that Hugging Face's processors define; the noise is pure."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from services.worker.engine import draws
from services.worker.engine.draws import gumbel, scatter
from services.worker.engine.noise import key_of
from services.worker.engine.sampler import Wish, sample
from services.worker.engine.weighing import Scores, Tokens
from shared.sampling import SamplingParams

CONTEXT = np.array([3, 5, 5, 8, 40], dtype=np.int64)
NOISE = [0.9211362480640454, 0.9972620479689575, 0.6808353199228997]


def row(size: int, seed: int = 1, scale: float = 2.0) -> Scores:
    return np.random.default_rng(seed).normal(scale=scale, size=size).astype(np.float32)


def draw(logits: Scores, params: SamplingParams, *, times: int = 1) -> int:
    """After a context that is repeated so often: each draw is at another position."""
    [token] = sample(logits[None], [Wish(params, 7, np.tile(CONTEXT, times))])
    assert token is not None
    return token


def uniform(seed: int, position: int, tokens: Tokens) -> np.ndarray:
    return scatter(key_of(seed, position), tokens)


def hugging_face(logits: Scores, params: SamplingParams) -> np.ndarray:
    """Probabilities after the processors, in the order in which `generate` applies them."""
    processors = LogitsProcessorList([RepetitionPenaltyLogitsProcessor(params.repetition_penalty)])
    processors.append(TemperatureLogitsWarper(params.temperature))
    if params.top_k:
        processors.append(TopKLogitsWarper(params.top_k))
    if params.top_p < 1:
        processors.append(TopPLogitsWarper(params.top_p))
    scores = processors(torch.LongTensor(CONTEXT[None]), torch.from_numpy(logits.copy())[None])
    probabilities: np.ndarray = torch.softmax(scores.double(), -1)[0].numpy()
    return probabilities


@pytest.mark.parametrize(
    ("size", "params"),
    [
        (200, SamplingParams()),
        (200, SamplingParams(temperature=1, top_k=0, top_p=1, repetition_penalty=1)),
        (200, SamplingParams(temperature=0.7, top_k=5, top_p=1, repetition_penalty=1)),
        (200, SamplingParams(temperature=1.3, top_k=0, top_p=0.6, repetition_penalty=1)),
        (200, SamplingParams(temperature=1, top_k=0, top_p=1, repetition_penalty=2.5)),
        (200, SamplingParams(temperature=1, top_k=0, top_p=1, repetition_penalty=0.6)),
        (200, SamplingParams(temperature=1, top_k=4, top_p=0.8, repetition_penalty=1.2)),
        (6000, SamplingParams(temperature=2, top_k=0, top_p=0.95, repetition_penalty=1.1)),
        (6000, SamplingParams(temperature=0.8, top_k=0, top_p=0.9, repetition_penalty=1.1)),
        (6000, SamplingParams(temperature=1, top_k=60, top_p=0.95, repetition_penalty=1.1)),
    ],
)
def test_draws_follow_hugging_faces_distribution(size: int, params: SamplingParams) -> None:
    logits = row(size)
    expected = hugging_face(logits, params)
    draws = 4000
    counts = np.zeros(size)
    for times in range(1, draws + 1):
        counts[draw(logits, params, times=times)] += 1
    assert counts[expected == 0].sum() == 0, "a filtered token was drawn"
    often = expected * draws >= 5
    observed = np.append(counts[often], counts[~often].sum())
    wanted = np.append(expected[often], expected[~often].sum()) * draws
    filled = wanted > 0
    assert filled.sum() > 1
    assert stats.chisquare(observed[filled], wanted[filled]).pvalue > 0.001


def test_repetition_penalty_pushes_both_signs_down() -> None:
    logits = np.zeros(50, dtype=np.float32)
    logits[3], logits[8], logits[10] = 2.0, -1.0, 1.5
    greedy = SamplingParams(temperature=0, repetition_penalty=2)
    assert draw(logits, greedy) == 10
    assert logits[3] == 2.0, "the caller's logits stay as they are"


def test_greedy_takes_the_first_of_equals() -> None:
    logits = np.zeros(100, dtype=np.float32)
    logits[[20, 60]] = 5
    assert draw(logits, SamplingParams(temperature=0)) == 20


@pytest.mark.parametrize("temperature", [1e-3, 1e-300, 5e-324])
def test_a_tiny_temperature_is_greedy(temperature: float) -> None:
    logits = row(500)
    params = SamplingParams(temperature=temperature, repetition_penalty=1)
    assert draw(logits, params) == int(logits.argmax())


@pytest.mark.parametrize("k", [1, 2, 50, 200, 299, 300, 1000])
@pytest.mark.parametrize("size", [300, 20_001])
def test_top_k_keeps_exactly_the_best(size: int, k: int) -> None:
    logits = row(size)
    expected = np.sort(np.argsort(-logits, kind="stable")[:k])
    assert np.array_equal(draws._top_k(logits, k), expected)


def test_ties_at_the_edge_of_top_k_all_stay() -> None:
    """As with Hugging Face; otherwise which of them stays would depend on the algorithm."""
    logits = np.zeros(5000, dtype=np.float32)
    logits[[10, 4000]] = 3
    logits[[7, 70, 700]] = 2
    assert draws._top_k(logits, 3).tolist() == [7, 10, 70, 700, 4000]


@pytest.mark.parametrize("temperature", [0, 1])
@pytest.mark.parametrize("fault", [math.nan, -math.nan, math.inf])
def test_nothing_is_drawn_from_what_is_no_number(fault: float, temperature: float) -> None:
    logits = row(300)
    logits[200] = fault
    params = SamplingParams(temperature=temperature, repetition_penalty=1)
    assert sample(logits[None], [Wish(params, 7, CONTEXT)]) == [None]


def test_minus_infinity_is_never_drawn() -> None:
    logits = np.full(2000, -math.inf, dtype=np.float32)
    logits[[4, 9]] = 0
    params = SamplingParams(top_k=0, repetition_penalty=1)
    assert {draw(logits, params, times=times) for times in range(1, 51)} == {4, 9}


def test_noise_is_a_function_of_seed_position_and_token() -> None:
    tokens = np.array([0, 17, 50_256], dtype=np.int64)
    whole = uniform(7, 3, tokens)
    assert [uniform(7, 3, tokens[[at]])[0] for at in range(3)] == whole.tolist()
    assert not np.intersect1d(whole, uniform(8, 3, tokens)).size
    assert not np.intersect1d(whole, uniform(7, 4, tokens)).size


def test_noise_never_changes() -> None:
    """Stories of the past must come out the same; a new hash needs a new numeric kind."""
    tokens = np.array([0, 1, 50_256], dtype=np.int64)
    assert uniform(2**63 - 1, 1023, tokens).tolist() == NOISE


@pytest.mark.parametrize("axis", ["seed", "position", "token"])
def test_noise_is_uniform_and_uncorrelated_along_every_axis(axis: str) -> None:
    count = 20_000
    if axis == "token":
        values = uniform(1, 1, np.arange(count))
    else:
        one = np.array([11], dtype=np.int64)
        pairs = [(at, 1) if axis == "seed" else (1, at) for at in range(count)]
        values = np.array([uniform(seed, position, one)[0] for seed, position in pairs])
    assert stats.kstest(values, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.03


def test_gumbel_noise_is_gumbel() -> None:
    assert stats.kstest(gumbel(scatter(key_of(3, 4), np.arange(20_000))), "gumbel_r").pvalue > 0.001
