"""Log probabilities: those of the model, the same however a story is written."""

import numpy as np
import torch

from services.worker.engine import Engine, Logprobs
from services.worker.engine.logprobs import logprobs
from shared.sampling import SamplingParams
from tests.unit.worker.engine.runs import AIDED, LIVELY, request

ASKED = LIVELY.model_copy(update={"logprobs": 3})
BYTES = [b" fox", b"\xe2\x80", b"a", b"\xff"]


def told(engine: Engine, sampling: SamplingParams, *, drop: int = 0) -> list[Logprobs | None]:
    """Of each token of a story, of which so many were written by somebody else."""
    engine.add_request(request(sampling=sampling))
    whole = [output for _ in range(40) if engine.has_work for output in engine.step()]
    if not drop:
        return [output.logprobs for output in whole]
    tokens = [output.token for output in whole[:drop] if output.token is not None]
    engine.add_request(request(sampling=sampling, generated=tokens))
    engine.add_request(request("neighbour", sampling=AIDED, seed=8))
    both = []
    while engine.has_work:
        both += engine.step()
    return [output.logprobs for output in both if output.id == "story"]


def test_they_are_the_models_whatever_is_done_to_its_scores(engine: Engine) -> None:
    """The first token's: later ones follow other tokens."""
    plain, *_ = told(engine, ASKED)
    aided, *_ = told(engine, AIDED.model_copy(update={"logprobs": 3, "temperature": 0.1}))
    assert plain is not None
    assert aided is not None
    assert plain.top == aided.top
    assert len(plain.top) == 3


def test_a_story_that_is_taken_over_has_the_same_ones(engine: Engine) -> None:
    whole = told(engine, ASKED)
    assert None not in whole
    for split in (1, 7, len(whole) - 1):
        assert told(engine, ASKED, drop=split) == whole[split:]


def test_nobody_has_them_who_did_not_ask(fast_engine: Engine) -> None:
    assert set(told(fast_engine, LIVELY)) == {None}


def test_values_are_those_of_log_softmax() -> None:
    logits = np.array([1.5, -40.0, 3.25, 3.25], np.float32)
    expected = torch.log_softmax(torch.tensor(logits).double(), 0).tolist()
    found = logprobs(logits, 1, count=3, bytes_of=BYTES)
    assert found.chosen.logprob == round(expected[1], 6)
    assert [each.token for each in found.top] == [2, 3, 0]
    assert [each.logprob for each in found.top] == [round(expected[id], 6) for id in (2, 3, 0)]


def test_texts_are_told_as_openai_does() -> None:
    found = logprobs(np.zeros(4, np.float32), 1, count=4, bytes_of=BYTES)
    texts = [each.text for each in found.top]
    assert texts == [" fox", "bytes:\\xe2\\x80", "a", "bytes:\\xff"]
    assert found.chosen == found.top[1]


def test_a_certain_token_has_zero_and_no_others_are_told_unless_asked_for() -> None:
    found = logprobs(np.array([90.0, -90, -90, -90], np.float32), 0, count=0, bytes_of=BYTES)
    assert str(found.chosen.logprob) == "0.0"
    assert found.top == ()
