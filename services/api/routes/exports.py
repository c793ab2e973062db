"""The library over HTTP: stories as files."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.api.dependencies import ExportsDep, StoryFileBody, Tenant
from services.api.library.files import StoryFile
from services.api.library.views import story_path
from services.api.openapi import GENERATE_BODY, answer, json_body, problems
from services.api.routes.library_openapi import (
    BODY_ERRORS,
    LIBRARY_ERRORS,
    PASSAGE_EXAMPLE,
    STORY_ERRORS,
    STORY_EXAMPLE,
)
from services.api.versions import etag
from shared.errors import UnknownPassageError
from shared.library import FileFormat, StoryView

router = APIRouter(prefix="/v1/stories", tags=["library"])
_FILE: dict[str, Any] = {
    "format": "once-story",
    "version": 1,
    "title": STORY_EXAMPLE["title"],
    "created_at": STORY_EXAMPLE["created_at"],
    "passages": [
        {
            "id": "p1",
            "parent_id": None,
            "revises_id": None,
            "origin": "seed",
            "text": STORY_EXAMPLE["story_seed"],
            "story_seed": STORY_EXAMPLE["story_seed"],
            "controls": PASSAGE_EXAMPLE["controls"],
            "told": None,
            "status": None,
            "created_at": STORY_EXAMPLE["created_at"],
        },
        {
            "id": "p2",
            "parent_id": "p1",
            "revises_id": None,
            "origin": "model",
            "text": PASSAGE_EXAMPLE["text"],
            "story_seed": STORY_EXAMPLE["story_seed"],
            "controls": PASSAGE_EXAMPLE["controls"],
            "told": {
                "request": GENERATE_BODY["requestBody"]["content"]["application/json"]["example"],
                "model": "fairytale-mini",
                "seed": 7,
            },
            "status": "succeeded",
            "created_at": STORY_EXAMPLE["created_at"],
        },
    ],
}
_EXAMPLES = {
    FileFormat.TXT: "The lighthouse\n\nOnce upon a time\n",
    FileFormat.MD: "# The lighthouse\n\nOnce upon a time\n",
    FileFormat.JSON: json.dumps(_FILE),
    FileFormat.EPUB: "PK",
}
_FILES = {
    "description": "The file",
    "content": {
        form.media_type.partition(";")[0]: {"schema": {"type": "string"}, "example": example}
        for form, example in _EXAMPLES.items()
    },
}


@router.get(
    "/{story_id}/export",
    response_class=Response,
    responses={200: _FILES, **problems(*STORY_ERRORS, UnknownPassageError)},
)
async def export_story(
    story_id: str,
    exports: ExportsDep,
    tenant: Tenant,
    form: Annotated[FileFormat, Query(alias="format")] = FileFormat.TXT,
    passage: Annotated[
        str | None, Query(description="where the story ends; by default the newest passage")
    ] = None,
) -> Response:
    """The story from its seed to one passage; as JSON the whole tree, which can be imported."""
    file = await exports.export(story_id, form, tenant=tenant, passage_id=passage)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


@router.post(
    "/import",
    status_code=201,
    openapi_extra=json_body(StoryFile, _FILE),
    responses={
        201: answer("The new story", STORY_EXAMPLE),
        **problems(*BODY_ERRORS, *LIBRARY_ERRORS),
    },
)
async def import_story(
    file: StoryFileBody, exports: ExportsDep, tenant: Tenant, response: Response
) -> StoryView:
    """A story from an exported JSON file. It becomes another story, under ids of its own."""
    story = await exports.take_in(file, tenant=tenant)
    response.headers["Location"] = story_path(story.id)
    response.headers.update(etag(story.version))
    return story
