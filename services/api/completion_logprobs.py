"""Log probabilities in the form that OpenAI's API has for them. Pure."""

from collections.abc import Iterable, Sequence

from shared.completions import CompletionLogprobs
from shared.events import ChosenLogprob, TokenEvent


def completion_logprobs(events: Iterable[TokenEvent], *, offset: int = 0) -> CompletionLogprobs:
    """Of tokens that have them; `offset` characters of the text stand before the first."""
    told: list[ChosenLogprob] = []
    offsets = []
    for event in events:
        for each in event.logprobs or ():
            told.append(each)
            offsets.append(offset)
        offset += len(event.text)
    return CompletionLogprobs(
        tokens=[each.text for each in told],
        token_logprobs=[each.logprob for each in told],
        top_logprobs=_top(told),
        text_offset=offsets,
    )


def _top(told: Sequence[ChosenLogprob]) -> list[dict[str, float]] | None:
    """The token itself is among them, likely or not."""
    if not any(each.top for each in told):
        return None
    return [{each.text: each.logprob for each in (*token.top, token)} for token in told]
