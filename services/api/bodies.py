"""Reading a request's body: bounded, JSON in UTF-8, then validated. Knows no route."""

import json
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from services.api.errors import InvalidFieldsError
from shared.errors import BodyTooLargeError, InvalidRequestError, MalformedBodyError

M = TypeVar("M", bound=BaseModel)
MOST_FAULTS = 100
"""A body of 2 MB can have 266,000, and to tell each holds up everybody else for 13 us."""


async def read_body(request: Request, kind: type[M], *, limit: int) -> M:
    """Raises BodyTooLargeError, MalformedBodyError or InvalidRequestError."""
    return validated(await read_bounded(request, limit), kind)


def validated(body: bytes, kind: type[M]) -> M:
    """Raises MalformedBodyError or InvalidRequestError, which is InvalidFieldsError if it can say
    what is wrong with which field.
    """
    try:
        # Through Python's parser, as pydantic's own refuses a lone surrogate as if it were no
        # JSON at all: the caller should rather learn which field it is in.
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError("The body must be one JSON object in UTF-8.") from error
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        faults = error.error_count()
        if faults > MOST_FAULTS:
            raise InvalidRequestError(
                f"The body has {faults} faults; up to {MOST_FAULTS} are told one by one."
            ) from None
        raise InvalidFieldsError(error.errors(include_url=False)) from error


async def read_bounded(request: Request, limit: int) -> bytes:
    """Raises BodyTooLargeError, or MalformedBodyError if there is no more of it."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
    except ClientDisconnect:
        raise MalformedBodyError("The body broke off.") from None
    return bytes(body)


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"A request may carry {limit} bytes.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
