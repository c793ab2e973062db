"""From a completion that is asked for to the requests of its jobs. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from services.api.errors import InvalidFieldsError
from services.api.idempotency import Ticket
from shared.completions import DRAWN, CompletionRequest
from shared.content import AVOID_EXPLICIT
from shared.schemas import GenerateRequest

_AS_OPENAI: dict[str, Any] = {
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 0,
    "repetition_penalty": 1.0,
    "max_new_tokens": 16,
}
"""How a raw prompt is sampled unless the caller says otherwise."""
_SEEDS = 2**63
_SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "repetition_penalty": "repetition_penalty",
    "max_tokens": "max_new_tokens",
    "stop": "stop",
    "seed_pull": "seed_pull",
    "end_at_sentence": "end_at_sentence",
    "keep_length": "keep_length",
    "logprobs": "logprobs",
}
_STORY = ("model", "priority", "controls", "memory", "author_note")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice that is asked for, and the name by which it is found again."""

    prompt: str
    is_first: bool
    request: GenerateRequest
    ticket: Ticket | None


def wanted_of(body: CompletionRequest, ticket: Ticket | None) -> list[Wanted]:
    """In the order of the answer. Raises InvalidFieldsError."""
    asked = [
        (prompt, number == 0, request)
        for prompt in body.prompt
        for number, request in enumerate(_requests_for(body, prompt))
    ]
    return [
        Wanted(prompt, is_first, request, None if ticket is None else _own(ticket, index))
        for index, (prompt, is_first, request) in enumerate(asked)
    ]


def _requests_for(body: CompletionRequest, prompt: str) -> list[GenerateRequest]:
    """One for each choice, alike but for their seeds. Raises InvalidFieldsError."""
    asked: dict[str, Any] = {"cancel_on_disconnect": True, **_given(body, _STORY)}
    sampling = {_SAMPLING[name]: value for name, value in _given(body, _SAMPLING).items()}
    if body.controls is None:
        asked |= {
            "raw_prompt": prompt,
            "controls": {"constraints": [AVOID_EXPLICIT] if body.avoid_explicit else []},
        }
        sampling = _AS_OPENAI | sampling
    else:
        asked["story_seed"] = prompt
    try:
        return [
            GenerateRequest.model_validate({**asked, "sampling": {**sampling, "seed": seed}})
            for seed in _seeds(body)
        ]
    except ValidationError as error:
        raise InvalidFieldsError(error.errors(include_url=False)) from error


def _given(body: CompletionRequest, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _seeds(body: CompletionRequest) -> list[int | None]:
    """With one for all, choices would be the same."""
    if body.seed is None or body.seed == DRAWN:
        return [None] * body.choices_each
    return [(body.seed + number) % _SEEDS for number in range(body.choices_each)]


def _own(ticket: Ticket, index: int) -> Ticket:
    """No caller can give a request such a name as the later ones: there is a space in it."""
    if index == 0:
        return ticket
    name = hashlib.sha256(ticket.key.encode()).hexdigest()
    return replace(ticket, key=f"choice {index} {name}")
