"""How the end token fares while a story grows within its length class."""

import math

import numpy as np
import pytest

from services.worker.engine.length import STRONGEST, end_gain
from services.worker.engine.sequence import Sequence, SequenceRequest
from shared.sampling import SamplingParams
from shared.schemas import Length
from tests.unit.worker.engine.biased import biased

END, WORD = 0, 1
LIMIT = {length: length.token_budget for length in Length}


@pytest.mark.parametrize("length", Length)
def test_a_story_may_end_with_the_first_token_that_makes_it_long_enough(length: Length) -> None:
    gains = [end_gain(length, written=n, limit=LIMIT[length]) for n in range(LIMIT[length])]
    shortest = next(n for n, gain in enumerate(gains) if gain > -math.inf) + 1
    longest_of_the_class_below = {Length.SHORT: 0, Length.MEDIUM: 256, Length.LONG: 480}[length]
    assert shortest == longest_of_the_class_below + 1


@pytest.mark.parametrize("length", Length)
def test_the_end_grows_likelier_as_the_room_runs_out(length: Length) -> None:
    limit = LIMIT[length]
    gains = [end_gain(length, written=n, limit=limit) for n in range(length.token_floor, limit)]
    assert gains[0] == 0, "at first the model alone decides"
    assert gains == sorted(gains)
    assert STRONGEST * 0.9 < gains[-1] < STRONGEST


def test_a_class_that_the_context_has_no_room_for_is_not_waited_for() -> None:
    assert end_gain(Length.LONG, written=3, limit=300) == 0


def guided(length: Length | None, written: int, *, keep_length: bool = True) -> float:
    """The end token's score, where the model gives 1."""
    sampling = SamplingParams(end_at_sentence=False, keep_length=keep_length)
    story = Sequence(
        SequenceRequest("story", "p", sampling, 7, 480, (WORD,) * written, length=length),
        [WORD],
        limit=480,
        eos_ids=frozenset([END]),
        bytes_of=[b"", b"w"],
    )
    return float(biased(np.ones(2, dtype=np.float32), story.wish().biases)[END])


def test_only_who_asks_for_it_gets_it() -> None:
    assert guided(Length.MEDIUM, 100) == -math.inf
    assert guided(Length.MEDIUM, 470) > 4
    assert guided(Length.MEDIUM, 100, keep_length=False) == 1
    assert guided(None, 100) == 1


def test_no_end_is_made_likelier_within_a_sentence() -> None:
    story = Sequence(
        SequenceRequest("s", "p", SamplingParams(), 7, 256, (WORD,) * 200, length=Length.SHORT),
        [WORD],
        limit=256,
        eos_ids=frozenset([END]),
        bytes_of=[b"", b"w"],
    )
    assert biased(np.ones(2, dtype=np.float32), story.wish().biases)[END] == -math.inf
