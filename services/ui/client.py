"""The API as typed calls, for the page and the terminal alike.

Every failure is an `ApiError`. Knows no Streamlit; how a stream survives drops is in `watch.py`.
"""

import re
from typing import Self, TypeVar

import httpx2
from pydantic import ValidationError

from services.ui.problems import ApiError, ClientCode, answered_problem, unreachable
from services.ui.settings import UiSettings
from services.ui.watch import Watch
from shared.schemas import Contract, GenerateRequest, JobView

M = TypeVar("M", bound=Contract)
_ID = re.compile("[0-9A-Za-z-]{1,64}")
_NO_ID = "-"
"""Stands for what cannot be an id; the API knows no such story."""


class StoryClient:
    """One pool of connections to one API. Safe to share between threads."""

    def __init__(self, settings: UiSettings) -> None:
        self._settings = settings
        # The API is ours: a proxy from the environment would only stand between. Every open
        # story holds one connection, so the pool has no upper bound.
        self._http = httpx2.Client(
            base_url=str(settings.api_url),
            timeout=httpx2.Timeout(
                settings.request_timeout_seconds, connect=settings.connect_timeout_seconds
            ),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def create(self, request: GenerateRequest) -> JobView:
        body = request.model_dump(mode="json")
        return self._read_as(JobView, self._http.build_request("POST", "/v1/jobs", json=body))

    def read(self, job_id: str, *, wait: float = 0, within: float | None = None) -> JobView:
        """The job as it is; with `wait`, as soon as it has ended or after that many seconds.

        `within` is the patience with an API that says nothing, if not the usual one.
        """
        request = self._http.build_request(
            "GET",
            _path(job_id),
            params={"wait": wait} if wait else None,
            timeout=(within or self._settings.request_timeout_seconds) + wait,
        )
        return self._read_as(JobView, request)

    def cancel(self, job_id: str) -> None:
        """Ask for the end of a story; without effect on one that has ended."""
        self._send(self._http.build_request("DELETE", _path(job_id)))

    def watch(self, job_id: str, *, after: int = 0) -> Watch:
        """The story's events from token `after` to its end, whatever happens to the connection."""
        return Watch(
            self._http,
            f"{_path(job_id)}/events",
            after=after,
            settings=self._settings,
            read_job=lambda: self.read(job_id),
        )

    def _read_as(self, model: type[M], request: httpx2.Request) -> M:
        response = self._send(request)
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            detail = f"The API's answer is not a {model.__name__}."
            raise ApiError(ClientCode.BAD_ANSWER, detail, status=response.status_code) from error

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = self._http.send(request)
        except httpx2.RequestError as error:
            raise unreachable(str(self._settings.api_url), error) from error
        if not response.is_success:
            raise answered_problem(response)
        return response


def _path(job_id: str) -> str:
    # The id may come from an address bar. Even escaped, a slash or a dot would lead elsewhere.
    return f"/v1/jobs/{job_id if _ID.fullmatch(job_id) else _NO_ID}"
