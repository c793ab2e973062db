"""A story's version as HTTP carries it: `ETag` on answers, `If-Match` on changes."""

import re
from typing import Annotated

from fastapi import Header

from shared.errors import VersionRequiredError

_TAG = re.compile(r'"(\d{1,15})"')


def etag(version: int) -> dict[str, str]:
    """The header of an answer that shows or made this version."""
    return {"ETag": f'"{version}"'}


async def required_versions(
    if_match: Annotated[
        str | None, Header(description="`ETag` of the story as you know it")
    ] = None,
) -> frozenset[int]:
    """Those that the caller accepts. Raises VersionRequiredError if the caller names none.

    A tag that is not ours, `*` among them, is no version: the change is refused as stale.
    """
    if if_match is None:
        raise VersionRequiredError(
            "Send the ETag of the story as If-Match, so that you change what you have seen."
        )
    return frozenset(int(tag) for tag in _TAG.findall(if_match))
