"""Which pages of other sites a browser lets read the API's answers: those that are named."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from services.api.admission.callers import SESSION_HEADER
from services.api.request_ids import HEADER

_METHODS = ("GET", "POST", "PATCH", "DELETE")
_ASKED = (
    "Authorization",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    HEADER,
    SESSION_HEADER,
    # Of OpenAI's client in a page: it sends them with whatever it asks.
    "User-Agent",
    "X-Stainless-Arch",
    "X-Stainless-Lang",
    "X-Stainless-OS",
    "X-Stainless-Package-Version",
    "X-Stainless-Retry-Count",
    "X-Stainless-Runtime",
    "X-Stainless-Runtime-Version",
    "X-Stainless-Timeout",
)
_ANSWERED = ("ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Job-Id", HEADER)


def with_cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Without origins browsers refuse all of them, which is the default.

    No credentials: a key is sent by whoever holds it, never by the browser of its own accord.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_ASKED,
        expose_headers=_ANSWERED,
    )
