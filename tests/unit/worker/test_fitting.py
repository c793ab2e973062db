"""A story so far fits into the context, with room for what is to be written."""

from services.worker.fitting import fitted_prompt
from shared.jobspec import JobSpec
from shared.prompts import build_continuation
from shared.schemas import GenerateRequest, SamplingParams

STORY = "The fox ran on and on. " * 40


def count(text: str) -> int:
    """One token a word."""
    return len(text.split())


def spec(so_far: str | None, *, new_tokens: int | None = None, budget: int = 256) -> JobSpec:
    sampling = SamplingParams(max_new_tokens=new_tokens)
    return JobSpec(
        prompt="as it was sent",
        template_version="1",
        sampling=sampling,
        token_budget=budget,
        seed=7,
        request=GenerateRequest(story_seed="a fox", story_so_far=so_far, sampling=sampling),
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
