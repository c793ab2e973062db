"""A refused value is named as the form names it, in words that anyone understands."""

import pytest
from pydantic import ValidationError

from services.ui import wording
from services.ui.findings import refused_input
from shared.schemas import GenerateRequest

CASES: list[tuple[dict[str, object], str]] = [
    ({"story_seed": ""}, "Story seed: must not be empty"),
    ({"story_seed": "x" * 2_001}, "Story seed: must be at most 2,000 characters long"),
    ({"story_seed": "a\0"}, "Story seed: must not contain control characters"),
    ({"controls": {"pov": "ours"}}, "Point of view: must be one of 'first-person' or"),
    ({"controls": {"constraints": ["x" * 121]}}, "Constraints: must be at most 120 characters"),
    ({"controls": {"constraints": ["a"] * 9}}, "Constraints: must have at most 8 entries"),
    ({"sampling": {"max_new_tokens": 0}}, "Max tokens: must be at least 1"),
    ({"sampling": {"max_new_tokens": 4_097}}, "Max tokens: must be at most 4096"),
    ({"sampling": {"temperature": None}}, "Temperature: must be a number"),
    ({"sampling": {"top_p": 0}}, "Top p: must be more than 0"),
    ({"sampling": {"top_k": 0.5}}, "Top k: must be a whole number"),
    ({"sampling": {"seed": "many"}}, "Seed: must be a whole number"),
    ({"sampling": {"seed": 2**63}}, "Seed: must be less than 9223372036854775808"),
    ({"sampling": {"stop": [""]}}, "Stop strings: must not be empty"),
]


@pytest.mark.parametrize(("wish", "said"), CASES, ids=[said for _, said in CASES])
def test_a_refused_value_is_told_in_plain_words(wish: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GenerateRequest.model_validate({"story_seed": "A fox", **wish})
    [problem] = refused_input(caught.value).fields
    assert wording.field_problem(problem).startswith(said)
