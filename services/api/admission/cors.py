"""Which pages of other sites a browser lets read the API's answers: those that are named."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_METHODS = ("GET", "POST", "PATCH", "DELETE")
_ASKED = ("Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID")
_ANSWERED = ("ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Job-Id")


def add_cors(app: FastAPI, origins: Sequence[str]) -> None:
    """Without origins browsers refuse all of them, which is the default.

    No credentials: a key is sent by whoever holds it, never by the browser of its own accord.
    """
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_ASKED,
            expose_headers=_ANSWERED,
        )
