"""What can be asked of the API, complete and with the way to read its answer. Sends nothing."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Generic, TypeVar

import httpx2
from pydantic import ValidationError

from shared.client.errors import (
    ClientCode,
    answered_problem,
    error_of,
    foreign_answer,
    is_json,
)
from shared.contract import Contract

T = TypeVar("T")
M = TypeVar("M", bound=Contract)
Params = Mapping[str, str | int | float | bool | None]
_NAME = re.compile(r"(?!\.+$)[0-9A-Za-z._-]{1,128}")
_NO_NAME = "-"
"""Stands for what cannot be a name; the API knows nothing under it."""
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    method: str
    path: str
    read: Callable[[httpx2.Response], T]
    params: Params = field(default_factory=dict)
    """None is not sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    within: float | None = None
    """Seconds of patience with an API that says nothing, if not the usual ones."""
    wait: float = 0
    """Seconds that the API was asked to wait."""
    is_repeatable: bool = False
    """Sent twice it does what it does once, and whoever asks would only ask again."""

    def result(self, response: httpx2.Response) -> T:
        """Of an answer whose body has been read. Raises ApiError."""
        if not response.is_success:
            raise answered_problem(response)
        return self.read(response)


def reading(
    kind: type[M],
    path: str,
    params: Params | None = None,
    *,
    within: float | None = None,
    wait: float = 0,
) -> Call[M]:
    """Who brings a patience of its own looks often, and wants no second try."""
    return Call(
        "GET",
        path,
        _reader_of(kind),
        params=params or {},
        within=within,
        wait=wait,
        is_repeatable=within is None,
    )


def sending(
    kind: type[M],
    method: str,
    path: str,
    *,
    body: Contract | None = None,
    params: Params | None = None,
    version: int | None = None,
    headers: Mapping[str, str] | None = None,
    wait: float = 0,
    is_repeatable: bool = False,
) -> Call[M]:
    """With `version` the change is refused if the story is at another one by now."""
    match = {} if version is None else {"If-Match": f'"{version}"'}
    return Call(
        method,
        path,
        _reader_of(kind),
        params=params or {},
        headers={**(headers or {}), **match, **(_JSON if body else {})},
        content=body.model_dump_json().encode() if body else None,
        wait=wait,
        is_repeatable=is_repeatable,
    )


def ending(kind: type[M], path: str) -> Call[M | None]:
    """End something. None to a key that may not read what has become of it."""
    read = _reader_of(kind)

    def read_if_told(answer: httpx2.Response) -> M | None:
        return None if answer.status_code == HTTPStatus.NO_CONTENT else read(answer)

    return Call("DELETE", path, read_if_told, is_repeatable=True)


def making(
    kind: type[M],
    path: str,
    *,
    body: Contract,
    within: float | None = None,
    idempotency_key: str | None = None,
) -> Call[M]:
    """Have something written. Under one key it is made once, however often that is sent.

    Each call has a key of its own, unless who asks brings one along: the same with every call that
    is to make the same thing.
    """
    return Call(
        "POST",
        path,
        _reader_of(kind),
        headers={"Idempotency-Key": idempotency_key or uuid.uuid4().hex, **_JSON},
        content=body.model_dump_json().encode(),
        within=within,
        is_repeatable=True,
    )


def fetching(path: str, params: Params | None = None) -> Call[bytes]:
    """An answer that is a file."""
    return Call("GET", path, lambda answer: answer.content, params=params or {}, is_repeatable=True)


def handing_in(kind: type[M], path: str, content: bytes) -> Call[M]:
    """Send a JSON file as it is."""
    return Call("POST", path, _reader_of(kind), headers=_JSON, content=content)


def part(name: str) -> str:
    """A name or an id as one part of a path.

    It may come from an address bar. Even escaped, a slash or a dot would lead elsewhere.
    """
    return name if _NAME.fullmatch(name) else _NO_NAME


def _reader_of(kind: type[M]) -> Callable[[httpx2.Response], M]:
    def read(response: httpx2.Response) -> M:
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            if not is_json(response):
                raise foreign_answer(response) from error
            detail = f"The API's answer is not a {kind.__name__}."
            raise error_of(ClientCode.BAD_ANSWER, detail, status=response.status_code) from error

    return read
