"""A story's version as HTTP carries it: `ETag` on answers, `If-Match` on changes."""

import re
from typing import Annotated

from fastapi import Header

from shared.errors import InvalidRequestError, VersionRequiredError

ANY = "*"
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_VERSION = re.compile(r"\d{1,15}")


def etag(version: int) -> dict[str, str]:
    """The header of an answer that shows or made this version."""
    return {"ETag": f'"{version}"'}


async def required_versions(
    if_match: Annotated[
        str | None,
        Header(description="`ETag` of the story as you know it; `*` if any version will do"),
    ] = None,
) -> frozenset[int] | None:
    """Those that the caller accepts; None is any. A tag that is not ours is no version: the change
    is refused as stale.

    Raises VersionRequiredError if the caller names none, InvalidRequestError if it is no list of
    tags (RFC 9110, 13.1.1).
    """
    if if_match is None:
        raise VersionRequiredError(
            "Send the ETag of the story as If-Match, so that you change what you have seen."
        )
    if if_match.strip() == ANY:
        return None
    tags = [_TAG.fullmatch(part.strip()) for part in if_match.split(",")]
    names = [tag[1] for tag in tags if tag]
    if len(names) < len(tags):
        raise InvalidRequestError('If-Match must be an ETag in its quotes, such as "3", or *.')
    return frozenset(int(name) for name in names if _VERSION.fullmatch(name))
