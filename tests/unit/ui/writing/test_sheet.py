"""What stands in the fields becomes a request, or is refused by name."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from services.ui.writing.sheet import Sheet
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, Genre, StoryControls


def test_an_untouched_sheet_asks_for_the_defaults() -> None:
    assert Sheet(story_seed="A fox").request() == GenerateRequest(story_seed="A fox")


def test_a_sheet_like_a_request_asks_for_the_same_with_another_seed() -> None:
    request = GenerateRequest(
        story_seed="A fox",
        memory="Ada is a fox.",
        author_note="A storm.",
        controls=StoryControls(genre=Genre.FABLE, constraints=["no ghosts"]),
        sampling=SamplingParams(temperature=0.2, max_new_tokens=9, stop=["END"], seed=7),
    )
    sheet = Sheet.like(request.controls, request, "A fox")
    fresh = request.sampling.model_copy(update={"seed": None})
    assert sheet.request() == request.model_copy(update={"sampling": fresh})


def test_an_empty_memory_is_none_and_not_the_former_one() -> None:
    telling = Sheet().telling()
    assert (telling.memory, telling.author_note) == ("", "")


def test_what_is_told_again_draws_a_seed() -> None:
    sheet = Sheet(seed=" 7 ")
    first, again = sheet.telling().sampling, sheet.telling(draws_seed=True).sampling
    assert first is not None
    assert again is not None
    assert (first.seed, again.seed) == (7, None)


def test_a_refused_field_is_named() -> None:
    with pytest.raises(ValidationError, match="temperature"):
        Sheet(story_seed="A fox", temperature=9).request()


def test_a_choice_that_there_is_not_is_the_default_and_all_else_stays() -> None:
    sheet = Sheet(memory="Ada is a fox.", genre="opera", pov="first-person", top_k=-1)
    assert sheet.showable() == replace(sheet, genre=Sheet().genre)
    many = replace(sheet, genre="horror", constraints=[f"no {number}" for number in range(9)])
    assert many.showable() == replace(many, constraints=Sheet().constraints)


def test_a_constraint_that_is_too_long_is_shown_as_it_was_typed() -> None:
    sheet = Sheet(memory="Ada is a fox.", constraints=["x" * 121, "no ghosts"])
    assert sheet.showable() == sheet
