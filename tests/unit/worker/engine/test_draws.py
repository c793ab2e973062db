"""What is compiled for draws says what numpy says, bit for bit: a story may be told by both."""

import numpy as np
import pytest

from services.worker.engine import compiled_draws, draws
from services.worker.engine.biases import Bias
from services.worker.engine.draws import GROUP, NOTHING, LogWeights
from services.worker.engine.portable import exponentials
from services.worker.engine.sampler import Wish, packed
from services.worker.engine.weighing import Scores, Tokens
from shared.sampling import SamplingParams

SIZES = [1, GROUP - 1, GROUP, 300, 20_001, 50_257]
SHAPES = ["spread", "tied", "flat", "zeros", "ruled out"]


def row(shape: str, size: int) -> Scores:
    scores = np.random.default_rng(size).normal(scale=3, size=size).astype(np.float32)
    if shape == "tied":
        return scores.round()
    if shape == "flat":
        return np.zeros_like(scores)
    if shape == "zeros":  # of both signs, which are alike, and some that are larger
        return np.maximum(scores - 4, 0) * np.sign(scores)
    if shape == "ruled out":
        scores[1 : size - size // 100] = -np.inf
    return scores


@pytest.mark.parametrize("k", [0, 1, 2, 50, 299, 1000, 20_000])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_shortlists_are_the_same(shape: str, size: int, k: int) -> None:
    scores = row(shape, size)
    for temperature in (0.7, 1.0, 1e-300):
        tokens, log_weights = compiled_draws.shortlist(scores, k, temperature)
        expected_tokens, expected = draws.shortlist(scores, k, temperature)
        assert np.array_equal(tokens, expected_tokens)
        assert log_weights.tobytes() == expected.tobytes()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_zero_below_the_line_is_left_out(k: int) -> None:
    scores = np.array([1.0, 0.5, -0.0, 0.0, -1.0], np.float32)
    found = compiled_draws.shortlist(scores, k, 1.0)[0].tolist()
    assert found == draws.shortlist(scores, k, 1.0)[0].tolist()


@pytest.mark.parametrize("k", [0, 1, 50])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fault", [np.nan, -np.nan, np.inf])
def test_nothing_is_drawn_from_what_is_no_number(fault: float, size: int, k: int) -> None:
    for place in {0, size // 2, size - 1}:
        scores = row("spread", size)
        scores[place] = fault
        for way in (compiled_draws, draws):
            tokens, log_weights = way.shortlist(scores, k, 1.0)
            assert tokens.size == log_weights.size == 0


@pytest.mark.parametrize("k", [0, 1, 50])
def test_nothing_is_drawn_where_all_is_ruled_out(k: int) -> None:
    for way in (compiled_draws, draws):
        assert way.shortlist(np.full(300, -np.inf, np.float32), k, 1.0)[0].size == 0


@pytest.mark.parametrize("key", [0, 1, 2**63, 2**64 - 1])
def test_scattered_numbers_are_the_same(key: int) -> None:
    tokens = np.array([0, 1, 17, 50_256, 2**31 - 1])
    scattered = compiled_draws.scatter(np.uint64(key), tokens)
    assert scattered.tobytes() == draws.scatter(np.uint64(key), tokens).tobytes()


@pytest.mark.parametrize("p", [1e-9, 0.3, 0.95, 1 - 2**-53, 1.0])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_choices_are_the_same_and_what_sorting_comes_to(shape: str, size: int, p: float) -> None:
    for k in (0, 50):
        tokens, log_weights = draws.shortlist(row(shape, size), k, 0.7)
        nucleus = sorted_out(log_weights, p)
        for key in map(np.uint64, range(20)):
            noise = draws.gumbel(draws.scatter(key, tokens[nucleus]))
            expected = tokens[nucleus][np.argmax(log_weights[nucleus] + noise)]
            assert draws.choose(tokens, log_weights, p, key) == expected
            assert compiled_draws.choose(tokens, log_weights, p, key) == expected


def sorted_out(log_weights: LogWeights, p: float) -> Tokens:
    """Of the best candidates, best first, as many as reach `p`; of equals the first is better."""
    if p == 1:
        return np.arange(log_weights.size)
    order = np.argsort(-log_weights, kind="stable")
    weights = exponentials(log_weights[order])
    before = np.concatenate([[0], weights.cumsum()[:-1]])
    kept: Tokens = order[before < p * weights.sum()]
    return kept


def test_a_shortlist_leaves_the_row_as_it_is() -> None:
    scores = row("spread", 5_000)
    before = scores.copy()
    compiled_draws.shortlist(scores, 0, 0.5)
    compiled_draws.shortlist(scores, 50, 0.5)
    assert np.array_equal(scores, before)


def wish(chance: np.random.Generator, size: int) -> Wish:
    """With parameters by chance; of its biases the second names some tokens of the first."""
    sampling = SamplingParams(
        temperature=chance.choice([0, 0.3, 1]),
        top_k=chance.choice([0, 1, 50]),
        top_p=chance.choice([0.5, 1]),
        repetition_penalty=chance.choice([0.7, 1, 1.3]),
    )
    tokens = chance.integers(size, size=(2, 9))
    biases = [
        Bias(tokens[0], np.full(9, 3, np.float32), np.full(9, 4, np.float32)),
        Bias(tokens[1], np.full(9, -np.inf, np.float32), np.full(9, np.inf, np.float32)),
        Bias(tokens[0, :1], np.full(1, 9, np.float32), np.full(1, np.inf, np.float32)),
    ]
    context = chance.integers(size, size=chance.integers(1, 40))
    return Wish(sampling, int(chance.integers(2**63)), context, biases[: chance.integers(4)])


@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("size", SIZES)
def test_draws_of_many_rows_are_the_same(size: int, rows: int) -> None:
    chance, drawn = np.random.default_rng(size + rows), set()
    for attempt in range(30):
        wide = chance.normal(scale=3, size=(rows, size + attempt % 2)).astype(np.float32)
        logits, wishes = wide[:, :size], [wish(chance, size) for _ in range(rows)]
        before, fault = wide.copy(), chance.choice([0, np.nan, np.inf, -np.inf])
        if attempt % 3 == 0:
            wide[0, size // 2] = before[0, size // 2] = fault
        tokens = compiled_draws.draw_all(logits, packed(wishes))
        assert np.array_equal(wide, before, equal_nan=True)
        assert tokens.tolist() == draws.draw_all(logits, packed(wishes)).tolist()
        assert np.array_equal(wide, before, equal_nan=True)
        for row, (scores, wanted) in enumerate(zip(logits, wishes, strict=True)):
            alone = compiled_draws.draw_all(scores[None], packed([wanted]))
            assert alone.tolist() == [tokens[row]]
        drawn.update(tokens.tolist())
    assert NOTHING in drawn
    assert drawn - {NOTHING}
