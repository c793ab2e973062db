"""Examples and errors of the library's routes."""

from typing import Any

from services.api.openapi import CREATE_ERRORS, GENERATE_BODY
from shared.errors import (
    BodyTooLargeError,
    InvalidCursorError,
    InvalidRequestError,
    LibraryOutdatedError,
    LibraryUnavailableError,
    MalformedBodyError,
    NoOpinionError,
    ServiceError,
    StoreUnavailableError,
    UnfinishedError,
    UnknownJobError,
    UnknownPassageError,
    UnknownStoryError,
    VersionRequiredError,
    VersionStaleError,
)

Errors = tuple[type[ServiceError], ...]
LIBRARY_ERRORS: Errors = (LibraryUnavailableError, LibraryOutdatedError)
BODY_ERRORS: Errors = (MalformedBodyError, BodyTooLargeError, InvalidRequestError)
LIST_ERRORS: Errors = (InvalidCursorError, InvalidRequestError, *LIBRARY_ERRORS)
STORY_ERRORS: Errors = (UnknownStoryError, InvalidRequestError, *LIBRARY_ERRORS)
CREATE_STORY_ERRORS: Errors = (*CREATE_ERRORS, UnknownJobError)
CHANGE_ERRORS: Errors = (*BODY_ERRORS, *STORY_ERRORS, VersionRequiredError, VersionStaleError)
CHANGE_PASSAGE_ERRORS: Errors = (*CHANGE_ERRORS, UnknownPassageError)
TELL_ERRORS: Errors = (*CREATE_ERRORS, *STORY_ERRORS, UnknownPassageError, UnfinishedError)
OPINION_ERRORS: Errors = (
    *BODY_ERRORS,
    UnknownJobError,
    UnfinishedError,
    *LIBRARY_ERRORS,
    StoreUnavailableError,
)
NO_OPINION_ERRORS: Errors = (NoOpinionError, InvalidRequestError, *LIBRARY_ERRORS)

_REQUEST = GENERATE_BODY["requestBody"]["content"]["application/json"]["example"]
SUMMARY_EXAMPLE: dict[str, Any] = {
    "id": "9b2f6c1e4a7d4f0c8e3b5a6d7c8e9f01",
    "title": "The lighthouse",
    "story_seed": _REQUEST["story_seed"],
    "version": 3,
    "created_at": 1790000000.0,
    "updated_at": 1790000060.0,
    "deleted_at": None,
}
PASSAGE_EXAMPLE: dict[str, Any] = {
    "id": "0d1c2b3a4f5e60718293a4b5c6d7e8f9",
    "parent_id": "5a6d7c8e9f019b2f6c1e4a7d4f0c8e3b",
    "revises_id": None,
    "origin": "model",
    "text": "Once upon a time",
    "controls": _REQUEST["controls"],
    "job_id": "3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
    "status": "running",
    "created_at": 1790000000.0,
}
_SEED_EXAMPLE: dict[str, Any] = {
    **PASSAGE_EXAMPLE,
    "id": PASSAGE_EXAMPLE["parent_id"],
    "parent_id": None,
    "origin": "seed",
    "text": _REQUEST["story_seed"],
    "job_id": None,
    "status": None,
}
STORY_EXAMPLE: dict[str, Any] = {
    **SUMMARY_EXAMPLE,
    "passages": [_SEED_EXAMPLE, PASSAGE_EXAMPLE],
}
