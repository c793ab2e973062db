"""The JSON of tokens, which is written without pydantic, is what pydantic would write."""

from hypothesis import example, given
from hypothesis import strategies as st

from shared.events import ChosenLogprob, DrawnToken, TokenEvent, TokenLogprob, parse_event

ids = st.lists(st.integers(min_value=0, max_value=100_000), min_size=1, max_size=4)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.integers(min_value=1), texts, ids)
@example(1, "", [0])
@example(2, '"\\/', [1, 2])
@example(3, "\n\r\t\b\f\x00\x1f\x7f", [7])
@example(4, "\x85\u2028\u2029é𝄞", [7])
def test_tokens_json_is_pydantics(index: int, text: str, ids: list[int]) -> None:
    event = TokenEvent(index=index, text=text, ids=ids)
    drawn = DrawnToken(index, text, tuple(ids))
    assert drawn.line() == event.line() == event.model_dump_json()
    assert event.data() == event.model_dump_json(exclude={"type"})
    assert parse_event(drawn.line()) == event


def test_scores_that_were_asked_for_are_told() -> None:
    top = [TokenLogprob(id=7, text=" a", logprob=-0.5)]
    scored = [ChosenLogprob(id=7, text=" a", logprob=-0.5, top=top)]
    event = TokenEvent(index=1, text=" a", ids=[7], logprobs=scored)
    assert parse_event(event.line()) == event
    assert event.data() == event.model_dump_json(exclude={"type"})
