"""What the API says of itself holds for whatever a caller may send: requests are made from it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
import schemathesis
import schemathesis.specs.openapi.schemas  # Else imported later, beside threads that import, too.
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.errors import ErrorCode
from shared.joblog import Command, commands
from shared.schemas import Priority
from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, serving, sqlite_url

Case: TypeAlias = "schemathesis.Case[Any]"
Operation: TypeAlias = "schemathesis.APIOperation[Any, Any, Any, Any]"
ANSWER_SECONDS = 20


def nothing_goes_wrong(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """That nobody serves the model which a caller names is the one 5xx that a request can cause."""
    if response.status_code >= 500:
        body = response.json()
        assert body.get("error", body)["code"] == ErrorCode.MODEL_UNAVAILABLE


CHECKS = [
    nothing_goes_wrong,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@contextmanager
def writing(redis_url: str) -> Iterator[None]:
    """A worker that writes three tokens of every job, until the block is left."""
    stop = threading.Event()

    def write() -> None:
        actor = Actor(redis_url, context_length=1024)
        waiting: list[Command[int]] = [
            commands.waiting_count(actor.model, priority) for priority in Priority
        ]
        while not stop.wait(0.01):
            actor.beat()
            while sum(actor.joblog.run_all(waiting)) and actor.claim_if_any():
                actor.write(3)
                actor.finish()
        actor.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


@pytest.fixture(scope="module")
def described(
    redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[schemathesis.BaseSchema]:
    library = sqlite_url(tmp_path_factory.mktemp("library"))
    with serving(api_settings(redis_server, library)) as url, writing(redis_server):
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


def test_answers_are_as_described(described: schemathesis.BaseSchema) -> None:
    for found in described.get_all_operations():
        assert not isinstance(found, Err), found
        check(found.ok())


def check(operation: Operation) -> None:
    @settings(max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def answers(case: Case) -> None:
        case.call_and_validate(checks=CHECKS, timeout=ANSWER_SECONDS)

    answers()
