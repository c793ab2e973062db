"""The library over HTTP: passages. Each call adds one; none changes one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from services.api.admission.gate import CallerDep
from services.api.dependencies import (
    BranchingBody,
    DryRun,
    EditBody,
    PassagesDep,
    TellingBody,
    Versions,
)
from services.api.idempotency import IdempotencyKey, Ticket, ticket_for
from services.api.library.passages import Made, Place
from services.api.openapi import QUOTED, answer, json_body, problems
from services.api.routes.library_openapi import (
    CHANGE_PASSAGE_ERRORS,
    PASSAGE_EXAMPLE,
    TELL_ERRORS,
)
from services.api.versions import etag
from shared.errors import UnfinishedError
from shared.library import Branching, Edit, PassageView, Telling

router = APIRouter(prefix="/v1/stories/{story_id}/passages/{passage_id}", tags=["library"])
_TELLING = json_body(
    Telling, {"sampling": {"temperature": 0.7}, "author_note": "The ship comes home tonight."}
)
_MADE = answer("The new passage", PASSAGE_EXAMPLE)


async def _place(story_id: str, passage_id: str, caller: CallerDep) -> Place:
    return Place(story_id, passage_id, caller)


PlaceDep = Annotated[Place, Depends(_place)]


@router.post(
    "/continue",
    status_code=201,
    response_model=PassageView,
    openapi_extra=_TELLING,
    responses={200: QUOTED, 201: _MADE, **problems(*TELL_ERRORS)},
)
async def continue_passage(
    place: PlaceDep,
    body: TellingBody,
    passages: PassagesDep,
    response: Response,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> Response | PassageView:
    """Go on from this passage: a child, which a new job writes."""
    if dry_run:
        quote = await passages.quote(place, body)
        return JSONResponse(quote.model_dump(mode="json"))
    ticket = _ticket(idempotency_key, body, "continue", place)
    return _tagged(await passages.tell_on(place, body, ticket), response)


@router.post(
    "/retry",
    status_code=201,
    openapi_extra=_TELLING,
    responses={201: _MADE, **problems(*TELL_ERRORS)},
)
async def retry_passage(
    place: PlaceDep,
    body: TellingBody,
    passages: PassagesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> PassageView:
    """Tell it again: a sibling, which a new job writes under a new seed."""
    ticket = _ticket(idempotency_key, body, "retry", place)
    return _tagged(await passages.retry(place, body, ticket), response)


@router.post(
    "/branch",
    status_code=201,
    openapi_extra=json_body(Branching, {"at": 120}),
    responses={201: _MADE, **problems(*CHANGE_PASSAGE_ERRORS)},
)
async def branch_passage(
    place: PlaceDep,
    versions: Versions,
    body: BranchingBody,
    passages: PassagesDep,
    response: Response,
) -> PassageView:
    """Leave it at a character: a sibling with the text up to there."""
    return _tagged(await passages.branch(place, body, versions=versions), response)


@router.post(
    "/edit",
    status_code=201,
    openapi_extra=json_body(
        Edit,
        {
            "text": "Once upon a time there was a keeper.",
            "through": "7c8e9f019b2f6c1e4a7d4f0c8e3b5a6d",
        },
    ),
    responses={201: _MADE, **problems(*CHANGE_PASSAGE_ERRORS, UnfinishedError)},
)
async def edit_passage(
    place: PlaceDep, versions: Versions, body: EditBody, passages: PassagesDep, response: Response
) -> PassageView:
    """Write it anew: a sibling with the caller's text, and what followed if asked for."""
    return _tagged(await passages.edit(place, body, versions=versions), response)


def _ticket(key: str | None, body: Telling, act: str, place: Place) -> Ticket | None:
    return ticket_for(key, body, act, place.story_id, place.passage_id)


def _tagged(made: Made, response: Response) -> PassageView:
    """The story's new version; the passage itself never has another."""
    response.headers.update(etag(made.version))
    return made.passage
