"""What every command has: options that mean the same everywhere, a client, and one way to fail."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Never, TypeAlias

import typer
from pydantic import ValidationError

from services.ui.codes import UiCode
from services.ui.findings import setting_problems
from services.ui.terminal.exits import Exit
from services.ui.terminal.output import Output
from shared.client import (
    ApiError,
    BrokenStoryError,
    Client,
    ClientCode,
    ClientSettings,
    InvalidError,
    NotAdmittedError,
    NotThereError,
    OverLimitError,
    UnavailableError,
)

LOOK_SECONDS = 1.0
RETRY_SECONDS = 4.0
"""Nobody looks longer at a command that says nothing."""
_ELSEWHERE = "API_PORT names another port of this machine, API_URL or --api-url another address."
_EXITS: tuple[tuple[type[ApiError], Exit], ...] = (
    (InvalidError, Exit.INVALID),
    (NotThereError, Exit.NOT_THERE),
    (NotAdmittedError, Exit.NOT_ADMITTED),
    (OverLimitError, Exit.LATER),
    (UnavailableError, Exit.LATER),
    (BrokenStoryError, Exit.BROKEN_STORY),
)


def job_ids(incomplete: str) -> list[str]:
    """For the shell, while somebody waits: nothing, if the service does not answer at once."""
    try:
        with Client() as client:
            jobs = client.jobs.page(limit=100, within=LOOK_SECONDS).jobs
    except (ApiError, ValidationError):
        return []
    return [job.id for job in jobs if job.id.startswith(incomplete)]


JobId: TypeAlias = Annotated[
    str, typer.Argument(metavar="JOB", help="As `once list` shows it.", autocompletion=job_ids)
]
JobIds: TypeAlias = Annotated[
    list[str],
    typer.Argument(metavar="JOB...", help="As `once list` shows it.", autocompletion=job_ids),
]
ApiUrl: TypeAlias = Annotated[
    str | None, typer.Option(help="Where the API is; API_URL, if not given.")
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="JSON, one document or one line for each event.")
]


@dataclass(frozen=True, slots=True)
class Session:
    client: Client
    output: Output


@contextlib.contextmanager
def session(api_url: str | None, is_json: bool) -> Iterator[Session]:
    """A client for a command; an error ends the command with a line and an exit code."""
    output = Output(is_json)
    settings = settings_for(output, api_url)
    with failing(output), Client(settings=settings, retry_seconds=RETRY_SECONDS) as client:
        yield Session(client, output)


@contextlib.contextmanager
def failing(output: Output) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        fail(output, error)
    except BrokenPipeError:
        _write_nowhere()
        raise typer.Exit(Exit.PIPE_CLOSED) from None
    except OSError as error:
        _write_nowhere()
        detail = f"The output cannot be written: {error.strerror}."
        fail(output, InvalidError(UiCode.INVALID_INPUT, detail))


def _write_nowhere() -> None:
    """Python flushes once more as it ends, and that must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(output: Output, error: ApiError) -> Never:
    output.fail(error)
    if error.code == ClientCode.UNREACHABLE and not output.is_json:
        output.warn(f"{error.detail} {_ELSEWHERE}")
    code = next((code for kind, code in _EXITS if isinstance(error, kind)), Exit.FAILED)
    raise typer.Exit(code)


def settings_for(output: Output, api_url: str | None) -> ClientSettings:
    try:
        return ClientSettings.model_validate({"api_url": api_url} if api_url else {})
    except ValidationError as error:
        for line in setting_problems(error):
            output.fail(InvalidError(UiCode.INVALID_INPUT, line))
        raise typer.Exit(Exit.INVALID) from None
