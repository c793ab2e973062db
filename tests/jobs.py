"""Jobs for tests that speak to the log directly."""

from shared.joblog import JobLog, commands
from shared.jobspec import JobSpec
from shared.prompts import TEMPLATE_VERSION, build_prompt
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, Priority, StoryControls


def job_spec(*, seed: int = 7, tokens: int | None = 40, story_seed: str = "a fox") -> JobSpec:
    """Without constraints, so that no token waits for the next ones of its word."""
    sampling = SamplingParams(max_new_tokens=tokens)
    controls = StoryControls(constraints=[])
    request = GenerateRequest(story_seed=story_seed, sampling=sampling, controls=controls)
    return JobSpec(
        prompt=build_prompt(story_seed, StoryControls()) if len(story_seed) > 50 else story_seed,
        template_version=TEMPLATE_VERSION,
        sampling=sampling,
        token_budget=64,
        seed=seed,
        request=request,
    )


def submit_job(
    joblog: JobLog,
    job_id: str,
    *,
    model: str,
    spec: JobSpec | None = None,
    priority: Priority = Priority.INTERACTIVE,
) -> bool:
    return joblog.run(
        commands.submit(
            job_id, spec or job_spec(), model=model, priority=priority, tenant="anonymous"
        )
    )
