"""A story so far fits into the context, with room for what is to be written."""

import pytest

from shared.errors import ContextExceededError
from shared.fitting import fitted_prompt, token_limit
from shared.jobspec import JobSpec
from shared.prompts import build_continuation
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest

STORY = "The fox ran on and on. " * 40


def count(text: str) -> int:
    """One token a word."""
    return len(text.split())


def spec(
    so_far: str | None,
    *,
    new_tokens: int | None = None,
    budget: int = 256,
    memory: str | None = None,
    author_note: str | None = None,
) -> JobSpec:
    sampling = SamplingParams(max_new_tokens=new_tokens)
    return JobSpec(
        prompt="as it was sent",
        template_version="1",
        sampling=sampling,
        token_budget=budget,
        seed=7,
        request=GenerateRequest(
            story_seed="a fox",
            story_so_far=so_far,
            memory=memory,
            author_note=author_note,
            sampling=sampling,
        ),
    )


def test_a_beginning_is_left_alone() -> None:
    assert fitted_prompt(spec(None), context=10, count=count) == "as it was sent"


def test_a_story_that_fits_is_read_whole() -> None:
    assert fitted_prompt(spec(STORY), context=1024, count=count) == build_continuation(STORY)


def test_room_is_kept_for_the_tokens_that_were_asked_for() -> None:
    prompt = fitted_prompt(spec(STORY, new_tokens=100), context=160, count=count)
    assert 160 - 100 - 6 < count(prompt) <= 160 - 100
    assert prompt.startswith(build_continuation("The fox"))
    assert STORY.endswith(prompt.removeprefix(build_continuation("")))


def test_a_length_class_leaves_half_of_the_context_to_the_story() -> None:
    prompt = fitted_prompt(spec(STORY, budget=800), context=200, count=count)
    assert 90 < count(prompt) <= 100


def test_only_the_storys_front_is_dropped() -> None:
    story = f"{STORY}\n\nThe end came."
    long = spec(story, new_tokens=100, memory="Foxes lie. " * 10, author_note="It rains. " * 5)
    prompt = fitted_prompt(long, context=180, count=count)
    memory, note = long.request.memory, long.request.author_note
    assert 180 - 100 - 6 < count(prompt) <= 180 - 100
    assert prompt.startswith(build_continuation(f"{memory}\n\nThe fox"))
    assert prompt.endswith(f"on. \n\n[{note}]\n\nThe end came.")


def test_a_length_class_leaves_half_of_what_memory_and_note_leave() -> None:
    long = spec(STORY, budget=800, memory="word " * 100)
    prompt = fitted_prompt(long, context=300, count=count)
    assert 190 < count(prompt) <= 200


@pytest.mark.parametrize("new_tokens", [None, 10])
def test_memory_that_leaves_no_room_for_any_story_is_refused(new_tokens: int | None) -> None:
    for words in (90, 200):
        crowded = spec(STORY, new_tokens=new_tokens, memory="word " * words)
        told = rf"{words + 7} tokens; with [1-9]\d* to be written"
        with pytest.raises(ContextExceededError, match=told):
            fitted_prompt(crowded, context=100, count=count)


@pytest.mark.parametrize(
    ("asked", "budget", "limit"), [(None, 256, 40), (None, 30, 30), (40, 10, 40), (1, 256, 1)]
)
def test_a_story_may_have_what_was_asked_for_or_its_budget_as_far_as_it_fits(
    asked: int | None, budget: int, limit: int
) -> None:
    sampling = SamplingParams(max_new_tokens=asked)
    assert token_limit(sampling, budget, prompt_tokens=60, context=100) == limit


@pytest.mark.parametrize(("asked", "prompt_tokens"), [(None, 100), (41, 60), (1, 100)])
def test_a_story_that_does_not_fit_is_refused(asked: int | None, prompt_tokens: int) -> None:
    sampling = SamplingParams(max_new_tokens=asked)
    with pytest.raises(ContextExceededError, match=str(prompt_tokens)):
        token_limit(sampling, 256, prompt_tokens=prompt_tokens, context=100)
