"""Development mode is for the people of one machine, not for the pages that their browsers show.

No key is needed there, so a page of any site could act through its reader's browser: by a form or a
`no-cors` request, or under a name of its own that it lets point to this machine (DNS rebinding).
"""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.errors import render
from shared.errors import ServiceError
from shared.passwords import is_loopback
from shared.refusals import HostRefusedError, OriginRefusedError

_SAFE = ("GET", "HEAD", "OPTIONS")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z._-]+?)\.?(:\d+)?")
_OWN_SITES = ("same-origin", "none")
"""What browsers call a request of the API's own pages, and one that its reader typed."""


class OwnMachine:
    """Plain ASGI, as `ResponseTimes`."""

    def __init__(self, app: ASGIApp, *, names: Sequence[str], origins: Sequence[str]) -> None:
        self._app = app
        self._names = names
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await render(Request(scope), refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ServiceError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self._is_own_name(host):
            return HostRefusedError(
                f"In development this API answers as localhost, not as {host!r}; HOST_NAMES names "
                "what else it is called."
            )
        if scope["method"] not in _SAFE and not self._is_own_page(headers, host):
            return OriginRefusedError(
                "In development no key is needed, so pages of other sites may change nothing; "
                "CORS_ORIGINS names those that may."
            )
        return None

    def _is_own_name(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found["name"].strip("[]")
        return is_loopback(name) or name.endswith(".localhost") or name in self._names

    def _is_own_page(self, headers: Headers, host: str) -> bool:
        """Also true of what is no page: only browsers say where a request comes from."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in _OWN_SITES
        return origin in self._origins or origin.lower().partition("://")[2] == host
