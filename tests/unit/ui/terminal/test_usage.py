"""What the tool says when it cannot even begin, or cannot get rid of what it has to say."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from shared.schemas import JobStatus
from shared.version import VERSION
from tests.fake_api import FakeApi
from tests.processes import wait_until
from tests.served import served
from tests.unit.ui.terminal.running import COMMAND, once, running


def test_it_knows_its_version() -> None:
    ended = once("--version")
    assert (ended.code, ended.out) == (0, f"once {VERSION}\n")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["wright"], "wright"),
        (["list", "--limit", "many"], "--limit"),
        (["write"], "SEED"),
        (["list", "--nope"], "--nope"),
    ],
)
def test_as_json_a_command_that_is_not_valid_is_an_object_on_stderr(
    words: list[str], named: str
) -> None:
    ended = once(*words, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert named in json.loads(ended.err)["error"]["detail"]


def test_as_json_all_else_is_as_it_was() -> None:
    assert once("list", "--json", "--help").code == 0
    assert once("status", "--json", "--api-url", "http://127.0.0.1:1").code == 5


@pytest.mark.parametrize("key", ["ü", "one\ntwo", "one\n"])
def test_a_key_that_no_header_can_carry_is_named_as_such(api: FakeApi, key: str) -> None:
    said = "API_KEY is malformed: a key is one line of ASCII characters"
    ended = once("list", "--api-url", api.url, env={"API_KEY": key})
    assert (ended.code, ended.out, ended.err) == (2, "", f"Error: {said}.\n")
    ended = once("list", "--api-url", api.url, "--json", env={"API_KEY": key})
    assert (ended.code, json.loads(ended.err)["error"]["detail"]) == (2, said)


@pytest.mark.parametrize("words", [["write", "A fox"], ["status", "job-1", "--json"]])
def test_output_that_cannot_be_written_is_told(api: FakeApi, words: list[str]) -> None:
    api.add()
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *words, "--api-url", api.url],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 2
    assert "The output cannot be written: No space left on device." in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.fixture(params=[200, 404])
def page(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a page answers whatever is asked."""

    async def answer(_: Request) -> HTMLResponse:
        return HTMLResponse("<p>A page</p>", request.param)

    with served(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        yield url


def test_where_something_else_answers_there_is_no_api(page: str) -> None:
    ended = once("status", "--api-url", page)
    assert (ended.code, ended.err) == (
        1,
        f"Error: No API answers at {page}, but something else does.\n",
    )


def test_an_interrupted_bench_cancels_what_it_asked_for(api: FakeApi) -> None:
    api.reveal_at_once = False
    with running("bench", "--stories", "3", "--api-url", api.url) as process:
        wait_until(
            lambda: sum(job.readers for job in api.jobs.values()) == 3,
            seconds=20,
            what="all stories are followed",
        )
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert {job.status for job in api.jobs.values()} == {JobStatus.CANCELLED}
