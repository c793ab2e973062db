"""What routes ask for, as `Annotated` types."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from services.api.admission.doors import Doors
from services.api.admission.gate import CallerDep
from services.api.bodies import M, read_body, read_bounded, validated
from services.api.completions import Completions
from services.api.dead_letters import DeadLetters
from services.api.feedback import Opinions
from services.api.gauges import QueueGauges
from services.api.hub import Hub
from services.api.jobs import Jobs
from services.api.library.exporting import Exports
from services.api.library.files import StoryFile
from services.api.library.passages import Passages
from services.api.library.stories import Stories
from services.api.operations import Operations
from services.api.quotes import Quotes
from services.api.settings import ApiSettings
from services.api.verification import Verifier
from services.api.versions import required_versions
from shared.completions import CompletionRequest
from shared.library import (
    EDIT_MAX_BYTES,
    Branching,
    Edit,
    NewStory,
    Renaming,
    Telling,
)
from shared.metrics import ApiMetrics
from shared.opinions import NewComparison, NewFeedback
from shared.schemas import GenerateRequest
from shared.story_files import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Components:
    """Everything one application is made of; connections are made in its lifespan."""

    settings: ApiSettings
    doors: Doors
    metrics: ApiMetrics
    gauges: QueueGauges
    hub: Hub
    jobs: Jobs
    operations: Operations
    quotes: Quotes
    completions: Completions
    stories: Stories
    passages: Passages
    exports: Exports
    opinions: Opinions
    verifier: Verifier
    dead_letters: DeadLetters


async def get_components(request: Request) -> Components:
    components: Components = request.app.state.components
    return components


ComponentsDep = Annotated[Components, Depends(get_components)]


async def get_jobs(components: ComponentsDep) -> Jobs:
    return components.jobs


async def get_quotes(components: ComponentsDep) -> Quotes:
    return components.quotes


async def get_operations(components: ComponentsDep) -> Operations:
    return components.operations


async def get_tenant(caller: CallerDep) -> str:
    """Whose jobs and stories the caller may see."""
    return caller.tenant


Tenant = Annotated[str, Depends(get_tenant)]


async def get_stories(components: ComponentsDep) -> Stories:
    return components.stories


async def get_passages(components: ComponentsDep) -> Passages:
    return components.passages


async def get_exports(components: ComponentsDep) -> Exports:
    return components.exports


async def get_opinions(components: ComponentsDep) -> Opinions:
    return components.opinions


async def get_story_file(request: Request, components: ComponentsDep, tenant: Tenant) -> StoryFile:
    body = await read_bounded(request, MAX_FILE_BYTES)
    # Of up to 10,000 passages: too long for the loop.
    return await components.exports.aside.run(tenant, validated, body, StoryFile)


async def get_edit(request: Request, components: ComponentsDep, tenant: Tenant) -> Edit:
    """A whole passage fits, however little other requests may carry."""
    limit = max(components.settings.api_body_limit, EDIT_MAX_BYTES)
    body = await read_bounded(request, limit)
    return await components.exports.aside.run(tenant, validated, body, Edit)


def body_of(kind: type[M]) -> Callable[[Request, Components], Coroutine[None, None, M]]:
    async def read(request: Request, components: ComponentsDep) -> M:
        return await read_body(request, kind, limit=components.settings.api_body_limit)

    return read


JobsDep = Annotated[Jobs, Depends(get_jobs)]
QuotesDep = Annotated[Quotes, Depends(get_quotes)]
OperationsDep = Annotated[Operations, Depends(get_operations)]
StoriesDep = Annotated[Stories, Depends(get_stories)]
PassagesDep = Annotated[Passages, Depends(get_passages)]
ExportsDep = Annotated[Exports, Depends(get_exports)]
OpinionsDep = Annotated[Opinions, Depends(get_opinions)]
Versions = Annotated[frozenset[int] | None, Depends(required_versions)]
DryRun = Annotated[
    bool, Query(description="only tell what it would be like: nothing is written or enqueued")
]
Body = Annotated[GenerateRequest, Depends(body_of(GenerateRequest))]
CompletionBody = Annotated[CompletionRequest, Depends(body_of(CompletionRequest))]
NewStoryBody = Annotated[NewStory, Depends(body_of(NewStory))]
RenamingBody = Annotated[Renaming, Depends(body_of(Renaming))]
TellingBody = Annotated[Telling, Depends(body_of(Telling))]
BranchingBody = Annotated[Branching, Depends(body_of(Branching))]
EditBody = Annotated[Edit, Depends(get_edit)]
StoryFileBody = Annotated[StoryFile, Depends(get_story_file)]
NewFeedbackBody = Annotated[NewFeedback, Depends(body_of(NewFeedback))]
NewComparisonBody = Annotated[NewComparison, Depends(body_of(NewComparison))]
BODIES = (
    GenerateRequest,
    CompletionRequest,
    NewStory,
    Renaming,
    Telling,
    Branching,
    Edit,
    StoryFile,
    NewFeedback,
    NewComparison,
)
"""For the description, which shows what routes read by themselves."""
