"""Which requests are taken, and what a worker would be handed for them. Knows no HTTP."""

import re
import secrets

from services.api.places import workers_of
from shared.content import AVOID_EXPLICIT, explicit_in
from shared.errors import ExplicitContentError, ModelUnavailableError
from shared.joblog import AsyncJobLog
from shared.jobspec import JobSpec
from shared.operations import WorkerInfo
from shared.prompts import prompt_for, template_version
from shared.schemas import GenerateRequest

SEED_BITS = 53
"""A drawn seed stays below 2**53, so that JSON readers with doubles keep every digit."""


async def serving_worker(joblog: AsyncJobLog, model: str) -> WorkerInfo:
    """Of the model's live workers one with the smallest context, as any of them may be the one.

    Raises ModelUnavailableError.
    """
    workers = await workers_of(joblog, model)
    if not workers:
        raise ModelUnavailableError(f"No live worker serves the model {model!r}.")
    return min(workers, key=lambda worker: worker.context_length)


_RULES_OUT = re.compile(r"\s*(no|not|never|avoid|without|don't|do not)\b", re.IGNORECASE)
"""How a constraint begins that names what the story is not to have."""


def refuse_explicit(request: GenerateRequest) -> None:
    """Raises ExplicitContentError if the prompt itself says what the story is to avoid."""
    if AVOID_EXPLICIT not in request.controls.constraints:
        return
    names = ("raw_prompt", "story_seed", "memory", "author_note", "story_so_far")
    texts = [(name, getattr(request, name) or "") for name in names]
    texts += [
        ("controls.constraints", each)
        for each in request.controls.constraints
        if not _RULES_OUT.match(each)
    ]
    for name, text in texts:
        word = explicit_in(text)
        if word is not None:
            raise ExplicitContentError(
                f"{name} says {word!r}, which the constraint {AVOID_EXPLICIT!r} rules out."
            )


def job_spec(request: GenerateRequest) -> JobSpec:
    """Raises ExplicitContentError."""
    refuse_explicit(request)
    seed = request.sampling.seed
    return JobSpec(
        # In full; the worker drops what does not fit from the front of a story so far.
        prompt=prompt_for(request, request.story_so_far),
        template_version=template_version(request),
        sampling=request.sampling,
        token_budget=request.controls.length.token_budget,
        seed=secrets.randbits(SEED_BITS) if seed is None else seed,
        request=request,
    )
