"""The library over HTTP: stories as a whole."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.api.admission.gate import CallerDep
from services.api.dependencies import NewStoryBody, RenamingBody, StoriesDep, Tenant, Versions
from services.api.idempotency import IdempotencyKey, ticket_for
from services.api.library.listing import Listing
from services.api.library.views import story_path
from services.api.openapi import answer, json_body, problems
from services.api.routes.library_openapi import (
    CHANGE_ERRORS,
    CREATE_STORY_ERRORS,
    LIST_ERRORS,
    STORY_ERRORS,
    STORY_EXAMPLE,
    SUMMARY_EXAMPLE,
)
from services.api.versions import etag
from shared.library import SEARCH_MAX_CHARS, NewStory, Renaming, StoryPage, StoryView

router = APIRouter(prefix="/v1/stories", tags=["library"])


@router.post(
    "",
    status_code=201,
    openapi_extra=json_body(
        NewStory,
        {"title": "The lighthouse", "request": {"story_seed": STORY_EXAMPLE["story_seed"]}},
    ),
    responses={
        200: answer("The story that this job or key has begun before", STORY_EXAMPLE),
        201: answer("The new story", STORY_EXAMPLE),
        **problems(*CREATE_STORY_ERRORS),
    },
)
async def create_story(
    body: NewStoryBody,
    stories: StoriesDep,
    caller: CallerDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> StoryView:
    """Begin a story from a request, which is enqueued, or from a job that exists.

    One job begins one story: a job or a key that is sent again is answered with that story as it
    is by now, unless that is deleted.
    """
    ticket = ticket_for(idempotency_key, body, "story")
    begun = await stories.create(body, caller=caller, ticket=ticket)
    if not begun.is_new:
        response.status_code = 200
    response.headers["Location"] = story_path(begun.story.id)
    return _tagged(begun.story, response)


@router.get(
    "",
    responses={
        200: answer("Last changed first", {"stories": [SUMMARY_EXAMPLE], "next_cursor": "dDE3"}),
        **problems(*LIST_ERRORS),
    },
)
async def list_stories(
    stories: StoriesDep,
    tenant: Tenant,
    search: Annotated[
        str | None, Query(max_length=SEARCH_MAX_CHARS, description="in titles, seeds and texts")
    ] = None,
    deleted: Annotated[bool, Query(description="those that can be restored")] = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> StoryPage:
    """The caller's stories."""
    return await stories.page(Listing(tenant, deleted, search), cursor=cursor, limit=limit)


@router.get(
    "/{story_id}",
    responses={200: answer("The story with its tree", STORY_EXAMPLE), **problems(*STORY_ERRORS)},
)
async def read_story(
    story_id: str, stories: StoriesDep, tenant: Tenant, response: Response
) -> StoryView:
    """A deleted one as well. A passage that is being written shows its text so far."""
    return _tagged(await stories.read(story_id, tenant=tenant), response)


@router.patch(
    "/{story_id}",
    openapi_extra=json_body(Renaming, {"title": "The lighthouse"}),
    responses={200: answer("The story", STORY_EXAMPLE), **problems(*CHANGE_ERRORS)},
)
async def rename_story(
    story_id: str,
    versions: Versions,
    body: RenamingBody,
    stories: StoriesDep,
    tenant: Tenant,
    response: Response,
) -> StoryView:
    story = await stories.rename(story_id, body, tenant=tenant, versions=versions)
    return _tagged(story, response)


@router.delete(
    "/{story_id}",
    responses={200: answer("The story", STORY_EXAMPLE), **problems(*CHANGE_ERRORS)},
)
async def delete_story(
    story_id: str, versions: Versions, stories: StoriesDep, tenant: Tenant, response: Response
) -> StoryView:
    """Take it off the list. It can be restored."""
    return _tagged(await stories.delete(story_id, tenant=tenant, versions=versions), response)


@router.post(
    "/{story_id}/restore",
    responses={200: answer("The story", STORY_EXAMPLE), **problems(*STORY_ERRORS)},
)
async def restore_story(
    story_id: str, stories: StoriesDep, tenant: Tenant, response: Response
) -> StoryView:
    """Undo a deletion. Without effect on a story that is not deleted."""
    return _tagged(await stories.restore(story_id, tenant=tenant), response)


def _tagged(story: StoryView, response: Response) -> StoryView:
    response.headers.update(etag(story.version))
    return story
