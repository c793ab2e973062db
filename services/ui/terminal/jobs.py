"""`once list`, `once cancel` and `once verify`: jobs that were begun earlier, from anywhere."""

import time
from typing import Annotated

import typer

from services.ui.shelf.ages import ago
from services.ui.terminal.exits import Exit
from services.ui.terminal.output import Output
from services.ui.terminal.session import ApiUrl, JobId, JobIds, Json, session
from shared.client import Client, NotThereError
from shared.jobs import JobView, Verification

_COLUMNS = ("job", "status", "tokens", "when", "seed")


def list_jobs(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Most jobs that are shown.")] = 20,
    cursor: Annotated[
        str | None, typer.Option(help="`next_cursor` of the page before, from --json.")
    ] = None,
    as_json: Json = False,
    api_url: ApiUrl = None,
) -> None:
    """List your stories, newest first."""
    with session(api_url, as_json) as here:
        page = here.client.jobs.page(limit=limit, cursor=cursor)
        if as_json:
            here.output.json(page.model_dump(mode="json"))
        else:
            here.output.table(_COLUMNS, [_row(here.output, job) for job in page.jobs])


def cancel(jobs: JobIds, *, as_json: Json = False, api_url: ApiUrl = None) -> None:
    """Stop stories before their next word. Without effect on those that have ended."""
    with session(api_url, as_json) as here:
        views, unknown = _cancelled(here.client, jobs)
        if as_json:
            here.output.json({"jobs": [view.model_dump(mode="json") for view in views]})
        else:
            here.output.table(_COLUMNS, [_row(here.output, view) for view in views])
        if unknown is not None:
            raise unknown


def verify(job: JobId, *, as_json: Json = False, api_url: ApiUrl = None) -> None:
    """Have a story told again from its receipt. Ends with 0 if every token is the same, else 1."""
    with session(api_url, as_json) as here:
        found = here.client.jobs.verify(job)
        if as_json:
            here.output.json(found.model_dump(mode="json"))
        else:
            here.output.facts(_proof(found))
        if not found.is_identical:
            raise typer.Exit(Exit.FAILED)


def _cancelled(client: Client, jobs: list[str]) -> tuple[list[JobView], NotThereError | None]:
    """One that is not there keeps none of the others from being cancelled."""
    views, unknown = [], None
    for job in jobs:
        try:
            view = client.jobs.cancel(job)
        except NotThereError as error:
            unknown = error
        else:
            views += [view] if view is not None else []  # a key may write, and not read
    return views, unknown


def _row(output: Output, job: JobView) -> tuple[str, ...]:
    moment = time.gmtime(job.created_at)
    when = ago(time.time() - job.created_at)
    return (
        job.id,
        job.status,
        str(job.usage.completion_tokens),
        when if output.is_terminal else time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
        job.request.story_seed or job.request.raw_prompt or "",
    )


def _proof(found: Verification) -> dict[str, str]:
    return {
        "identical": "yes" if found.is_identical else f"no, from token {found.first_difference} on",
        "tokens": str(found.tokens),
        "text sha256": found.told.text_sha256,
        "model": f"{found.told.model} {found.told.model_sha256}",
        "told in": found.told.numeric_kind,
        "told again in": found.retold.numeric_kind,
        "told again by": found.retold_by,
    }
