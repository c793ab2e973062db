"""A prompt that the model reads as it is: alone, and without what is done for stories."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.content import AVOID_EXPLICIT
from shared.jobspec import JobSpec
from shared.prompts import prompt_for, template_version
from shared.schemas import GenerateRequest

RAW = "  Once upon\ta time,\r\n\x00there "


def read(**body: Any) -> GenerateRequest:
    return GenerateRequest.model_validate(body)


def test_it_is_read_as_it_is() -> None:
    request = read(raw_prompt=RAW)
    assert prompt_for(request, None) == RAW
    assert template_version(request) == "none"


def test_aids_and_filter_are_off_unless_they_are_asked_for() -> None:
    bare = read(raw_prompt=RAW, sampling={"temperature": 1})
    assert bare.controls.constraints == []
    aids = {"seed_pull": 0, "end_at_sentence": False, "keep_length": False}
    assert bare.sampling.model_dump(include=set(aids)) == aids
    asked = read(
        raw_prompt=RAW,
        sampling={"end_at_sentence": True},
        controls={"constraints": [AVOID_EXPLICIT]},
    )
    assert asked.sampling.end_at_sentence
    assert asked.controls.constraints == [AVOID_EXPLICIT]


def test_it_is_stored_and_read_again_as_it_was() -> None:
    request = read(raw_prompt=RAW, sampling={"keep_length": True})
    spec = JobSpec(
        prompt=RAW,
        template_version="none",
        sampling=request.sampling,
        token_budget=1,
        seed=1,
        request=request,
    )
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


def test_request_without_one_is_stored_as_before_there_were_any() -> None:
    assert "raw_prompt" not in read(story_seed="a fox").model_dump_json()


@pytest.mark.parametrize(
    "more",
    [
        {"story_seed": "a fox"},
        {"story_so_far": "There was"},
        {"memory": "Her name is Ann."},
        {"author_note": "A storm comes."},
        {"controls": {"genre": "horror"}},
        {"controls": {"constraints": ["a happy end"]}},
    ],
)
def test_nothing_is_written_around_it(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="raw_prompt is read as it is"):
        read(raw_prompt=RAW, **more)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "story_seed"),
        ({"raw_prompt": None}, "story_seed"),
        ({"raw_prompt": ""}, "raw_prompt"),
        ({"raw_prompt": "x" * 16_001}, "raw_prompt"),
        ({"raw_prompt": "x", "sampling": 1}, "sampling"),
        ({"raw_prompt": "x", "controls": None}, "controls"),
    ],
)
def test_field_that_is_wrong_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(**body)
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]
