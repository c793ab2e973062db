"""Makes a prompt fit into a model's context. Knows neither engine nor log.

What is left depends on the job, the tokenizer and the context alone: whoever takes the job over
reads the same prompt, and a quote shows it before there is a job.
"""

from collections.abc import Callable

from shared.errors import ContextExceededError
from shared.jobspec import JobSpec
from shared.prompts import build_continuation, prompt_for, shorten
from shared.sampling import SamplingParams

Count = Callable[[str], int]


def fitted_prompt(spec: JobSpec, *, context: int, count: Count) -> str:
    """The job's prompt, with room behind it for the tokens that are to be written."""
    return prompt_with(spec, fitted_story(spec, context=context, count=count))


def prompt_with(spec: JobSpec, story: str | None) -> str:
    """The job's prompt with what `fitted_story` left."""
    return spec.prompt if story is None else prompt_for(spec.request, story)


def fitted_story(spec: JobSpec, *, context: int, count: Count) -> str | None:
    """As much of the story so far as fits, its front dropped; None if there is no story yet.

    Raises ContextExceededError if not even its end would fit.
    """
    request = spec.request
    if request.story_so_far is None:
        return None
    frame = count(prompt_for(request, ""))
    wanted = spec.sampling.max_new_tokens
    if wanted is None:
        # A length class is a wish: it must not crowd out the story that it continues.
        room = (context - frame + count(build_continuation(""))) // 2
        wanted = max(1, min(spec.token_budget, room))
    most = context - wanted
    kept = shorten(request.story_so_far, lambda text: count(prompt_for(request, text)) <= most)
    if not kept:
        raise ContextExceededError(
            f"before any of the story so far the prompt has {frame} tokens; with {wanted} to be "
            f"written none of it fits into the model's context of {context}"
        )
    return kept


def token_limit(
    sampling: SamplingParams, token_budget: int, *, prompt_tokens: int, context: int
) -> int:
    """Most tokens that a story may have behind its prompt. Raises ContextExceededError."""
    room = context - prompt_tokens
    if room < 1:
        raise ContextExceededError(
            f"the prompt has {prompt_tokens} tokens; the model's context of {context} allows at "
            f"most {context - 1}"
        )
    wanted = sampling.max_new_tokens
    if wanted is None:
        return min(token_budget, room)
    if wanted > room:
        raise ContextExceededError(
            f"max_new_tokens is {wanted}, but after a prompt of {prompt_tokens} tokens only "
            f"{room} fit into the model's context of {context}"
        )
    return wanted
