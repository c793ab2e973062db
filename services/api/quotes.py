"""What a job would be like, told without making it. Knows no HTTP."""

from dataclasses import dataclass
from functools import partial

from services.api.acceptance import job_spec, serving_worker
from services.api.admission.callers import Caller
from services.api.admission.limits import Admission
from services.api.counting import Counters
from services.api.places import Place, place_of_next
from shared.fitting import Count, fitted_story, prompt_with, token_limit
from shared.joblog import AsyncJobLog
from shared.operations import WorkerInfo
from shared.prompts import prompt_for
from shared.quotes import PromptTokens, Quote
from shared.schemas import GenerateRequest


@dataclass(frozen=True, slots=True)
class Quotes:
    joblog: AsyncJobLog
    counters: Counters
    admission: Admission
    default_model: str

    async def asked(self, request: GenerateRequest, *, caller: Caller) -> Quote:
        """Of a dry run, which counts as a question of the caller's. Raises TooManyRequestsError."""
        await self.admission.admit_question(caller=caller)
        return await self.quote(request, payer=caller.payer)

    async def quote(self, request: GenerateRequest, *, payer: str) -> Quote:
        """Refuses what `Jobs.create` refuses, and what a worker would then refuse to write."""
        model = request.model or self.default_model
        self.admission.check_tokens(request)
        worker = await serving_worker(self.joblog, model)
        count = await self.counters.count_for(worker.model_sha256)
        most = request.most_tokens
        place = await place_of_next(
            self.joblog, model, request.priority, payer=payer, most_tokens=most
        )
        work = partial(_quote, request, worker=worker, count=count, place=place)
        # A long story is counted some twenty times until it fits.
        return await self.counters.aside.run(payer, work)


def _quote(request: GenerateRequest, *, worker: WorkerInfo, count: Count, place: Place) -> Quote:
    spec, context = job_spec(request), worker.context_length
    story = fitted_story(spec, context=context, count=count)
    prompt = prompt_with(spec, story)
    room = token_limit(
        spec.sampling, spec.token_budget, prompt_tokens=count(prompt), context=context
    )
    return Quote(
        model=worker.model,
        prompt=prompt,
        tokens=_tokens(request, story, count),
        dropped_chars=len(request.story_so_far or "") - len(story or ""),
        room=room,
        context_length=context,
        position=place.position,
        eta_seconds=place.eta,
    )


def _tokens(request: GenerateRequest, story: str | None, count: Count) -> PromptTokens:
    """What each part adds to the prompt: where two meet, letters of both may share a token."""
    if request.raw_prompt is not None:
        own = count(request.raw_prompt)
        return PromptTokens(instruction=0, memory=0, story=own, author_note=0)
    remembering = request.model_copy(update={"author_note": None})
    bare = remembering.model_copy(update={"memory": None})
    before = None if story is None else ""
    instruction = count(prompt_for(bare, before))
    with_memory = count(prompt_for(remembering, before))
    with_story = count(prompt_for(remembering, story))
    return PromptTokens(
        instruction=instruction,
        memory=with_memory - instruction,
        story=with_story - with_memory,
        author_note=count(prompt_for(request, story)) - with_story,
    )
