"""How a story ends: which text its last token releases."""

import pytest

from services.worker.engine.sequence import Sequence
from shared.schemas import FinishReason, SamplingParams
from tests.unit.worker.engine.runs import request

A, B, END, E_1, E_2 = range(5)
BYTES_OF = [b"a", b"b", b"<end>", "é".encode()[:1], "é".encode()[1:]]


def before_the_last(tokens: list[int], *, limit: int) -> Sequence:
    sequence = Sequence(
        request(sampling=SamplingParams(stop=["abba"]), generated=tokens[:-1]),
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
    output = sequence.append(tokens[-1])
    assert (output.text, output.finish_reason) == (text, reason)
    assert (output.token, output.index) == (tokens[-1], len(tokens))
