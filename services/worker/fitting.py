"""Makes a story so far fit into the model's context. Knows neither engine nor log.

Only a worker has the tokenizer, so the front of a long story is dropped here. What is left depends
on the job, the tokenizer and the context alone: whoever takes the job over reads the same prompt.
"""

from collections.abc import Callable

from shared.jobspec import JobSpec
from shared.prompts import build_continuation, shorten


def fitted_prompt(spec: JobSpec, *, context: int, count: Callable[[str], int]) -> str:
    """The job's prompt, with room behind it for the tokens that are to be written."""
    so_far = spec.request.story_so_far
    if so_far is None:
        return spec.prompt
    # A length class is a wish: it must not crowd out the story that it continues.
    wanted = spec.sampling.max_new_tokens or min(spec.token_budget, context // 2)
    kept = shorten(so_far, lambda text: count(build_continuation(text)) + wanted <= context)
    return build_continuation(kept)
