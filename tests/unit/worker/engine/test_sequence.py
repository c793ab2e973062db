"""How a story ends: which text its last token releases."""

import math

import numpy as np
import pytest

from services.worker.engine.sequence import Sequence
from shared.sampling import SamplingParams
from shared.schemas import FinishReason
from tests.unit.worker.engine.biased import biased
from tests.unit.worker.engine.runs import request

A, B, END, E_1, E_2, STOP, BREAK = range(7)
BYTES_OF = [b"a", b"b", b"<end>", "é".encode()[:1], "é".encode()[1:], b".", b" \n"]


def before_the_last(
    tokens: list[int], *, limit: int, stop: str = "abba", end_at_sentence: bool = False
) -> Sequence:
    sampling = SamplingParams(stop=[stop], end_at_sentence=end_at_sentence)
    sequence = Sequence(
        request(sampling=sampling, generated=tokens[:-1]),
        [A],
        limit=limit,
        eos_ids=frozenset([END]),
        bytes_of=BYTES_OF,
    )
    assert sequence.finish_reason is None
    return sequence


@pytest.mark.parametrize(
    ("tokens", "limit", "text", "reason"),
    [
        ([B, A], 9, "", None),
        ([B, B], 9, "b", None),
        ([A, B], 2, "ab", FinishReason.LENGTH),
        ([A, B, END], 9, "ab", FinishReason.STOP),
        ([A, END], 2, "a", FinishReason.STOP),
        ([A, B, B, A], 9, "", FinishReason.STOP),
        ([A, B, B, A], 4, "", FinishReason.STOP),
        ([E_1], 9, "", None),
        ([E_1, E_2], 9, "é", None),
        ([A, E_1], 2, "a", FinishReason.LENGTH),
        ([E_1, END], 9, "", FinishReason.STOP),
        ([E_1, B], 9, "\ufffdb", None),
    ],
)
def test_what_the_last_token_releases(
    tokens: list[int], limit: int, text: str, reason: FinishReason | None
) -> None:
    sequence = before_the_last(tokens, limit=limit)
    [output] = sequence.append(tokens[-1])
    assert (output.text, output.finish_reason) == (text, reason)
    assert (output.token, output.index) == (tokens[-1], len(tokens))


@pytest.mark.parametrize(
    ("tokens", "limit", "text", "reason"),
    [
        ([A, STOP], 9, ".", None),
        ([A, A, A, A, A, A, STOP], 9, ".", FinishReason.LENGTH),
        ([A, A, A, A, A, A, A], 9, "a", None),
        ([A, A, A, A, STOP, BREAK], 9, "", FinishReason.LENGTH),
        ([A, A, A, A, A, BREAK], 9, " \n", None),
        ([A, A, A, A, A, A, A, A, A], 9, "a", FinishReason.LENGTH),
        ([A, STOP, END], 9, "", FinishReason.STOP),
    ],
)
def test_a_story_near_its_limit_ends_with_a_sentence(
    tokens: list[int], limit: int, text: str, reason: FinishReason | None
) -> None:
    sequence = before_the_last(tokens, limit=limit, stop="none", end_at_sentence=True)
    [output] = sequence.append(tokens[-1])
    assert (output.text, output.finish_reason) == (text, reason)


def test_a_story_that_ends_with_a_sentence_keeps_nothing_back() -> None:
    tokens = [A, A, A, A, A, A, STOP]
    sequence = before_the_last(tokens, limit=9, stop="a.b", end_at_sentence=True)
    assert [output.text for output in sequence.append(STOP)] == ["a."]


@pytest.mark.parametrize(
    ("end_at_sentence", "tokens", "may_end"),
    [(True, [A], False), (True, [A, STOP], True), (True, [A, STOP, A], False), (False, [A], True)],
)
def test_only_a_complete_sentence_may_end_a_story(
    end_at_sentence: bool, tokens: list[int], may_end: bool
) -> None:
    sequence = before_the_last([*tokens, A], limit=99, end_at_sentence=end_at_sentence)
    logits = np.ones(len(BYTES_OF), dtype=np.float32)
    scores = biased(logits, sequence.wish().biases)
    assert scores[END] == (1 if may_end else -math.inf)
    assert (np.delete(scores, END) == 1).all()
