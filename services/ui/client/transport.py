"""Requests to the API and their answers as typed values. Every failure is an `ApiError`."""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx2
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from services.ui.problems import ApiError, ClientCode, answered_problem, unreachable
from services.ui.settings import UiSettings
from shared.schemas import Contract
from shared.tracing import current_traceparent, tracer

M = TypeVar("M", bound=Contract)
_NAME = re.compile(r"(?!\.+$)[0-9A-Za-z._-]{1,128}")
_NO_NAME = "-"
"""Stands for what cannot be a name; the API knows nothing under it."""
PAUSES_SECONDS = (0.2, 0.8)
"""Before a request that found nobody, or was cut off, is sent once more: an API starts in two."""
Session = Callable[[], str | None]
"""Who of the many that read through this client asks now: each has a turn of its own."""
Params = Mapping[str, str | int | float | bool | None]


def no_session() -> None:
    """Of a client that acts for one reader."""


class Transport:
    """One pool of connections to one API. Safe to share between threads."""

    def __init__(self, settings: UiSettings, session: Session) -> None:
        self.settings = settings
        self._session = session
        key = settings.api_key
        # The API is ours: a proxy from the environment would only stand between. Every open
        # story holds one connection, so the pool has no upper bound.
        self.http = httpx2.Client(
            base_url=str(settings.api_url),
            timeout=self.patience(settings.request_timeout_seconds),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else None,
            trust_env=False,
        )

    def close(self) -> None:
        self.http.close()

    def patience(self, seconds: float) -> httpx2.Timeout:
        """For an answer; whether anybody listens at all is known sooner."""
        return httpx2.Timeout(seconds, connect=self.settings.connect_timeout_seconds)

    def get(
        self, kind: type[M], path: str, params: Params | None = None, *, within: float | None = None
    ) -> M:
        """`within` is the patience with an API that says nothing, if not the usual one."""
        request = self.http.build_request(
            "GET",
            path,
            params=_given(params),
            timeout=self.patience(within or self.settings.request_timeout_seconds),
        )
        return _read_as(kind, self._answer(request))

    def send(
        self,
        kind: type[M],
        method: str,
        path: str,
        *,
        body: Contract | None = None,
        params: Params | None = None,
        version: int | None = None,
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> M:
        """With `version` the change is refused if the story is at another one by now."""
        about = {"http.request.method": method, "url.path": path}
        with tracer.start_as_current_span("click", kind=SpanKind.CLIENT, attributes=about):
            request = self.http.build_request(
                method,
                path,
                params=_given(params),
                json=body.model_dump(mode="json") if body else None,
                headers={**(headers or {}), **_headers(version, self._session())},
                timeout=self.patience(within or self.settings.request_timeout_seconds),
            )
            return _read_as(kind, self._answer(request))

    def make(self, kind: type[M], path: str, *, body: Contract, within: float | None = None) -> M:
        """Have something written. Under one key it is made once, however often that is sent."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        for pause in PAUSES_SECONDS:
            try:
                return self.send(kind, "POST", path, body=body, headers=headers, within=within)
            except ApiError as error:
                if not _was_cut_off(error):
                    raise
            time.sleep(pause)
        return self.send(kind, "POST", path, body=body, headers=headers, within=within)

    def fetch(self, path: str, params: Params | None = None) -> bytes:
        """An answer that is a file."""
        return self._answer(self.http.build_request("GET", path, params=_given(params))).content

    def post_file(self, kind: type[M], path: str, content: bytes) -> M:
        """Send a JSON file as it is."""
        headers = {"Content-Type": "application/json"}
        request = self.http.build_request("POST", path, content=content, headers=headers)
        return _read_as(kind, self._answer(request))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = self.http.send(request)
        except httpx2.RequestError as error:
            raise unreachable(str(self.settings.api_url), error) from error
        if not response.is_success:
            raise answered_problem(response)
        return response


def part(name: str) -> str:
    """A name or an id as one part of a path.

    It may come from an address bar. Even escaped, a slash or a dot would lead elsewhere.
    """
    return name if _NAME.fullmatch(name) else _NO_NAME


def _was_cut_off(error: ApiError) -> bool:
    """Whether there was no connection, or it broke; an API that is only slow is not hurried."""
    cause = error.__cause__
    return isinstance(cause, httpx2.TransportError) and not isinstance(
        cause, httpx2.TimeoutException
    )


def _headers(version: int | None, session: str | None) -> dict[str, str]:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    if session is not None:
        headers["Once-Session"] = session
    traceparent = current_traceparent()
    return headers | {"traceparent": traceparent} if traceparent else headers


def _given(params: Params | None) -> dict[str, str | int | float | bool]:
    return {name: value for name, value in (params or {}).items() if value is not None}


def _read_as(kind: type[M], response: httpx2.Response) -> M:
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        detail = f"The API's answer is not a {kind.__name__}."
        raise ApiError(ClientCode.BAD_ANSWER, detail, status=response.status_code) from error
