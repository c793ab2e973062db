"""`once bench`: how fast the running service is, as so many readers at once see it."""

import asyncio
import contextlib
import time
from dataclasses import asdict
from typing import Annotated

import typer

from services.ui.terminal.exits import Exit
from services.ui.terminal.figures import Figures, Reading
from services.ui.terminal.output import Output
from services.ui.terminal.session import RETRY_SECONDS, ApiUrl, Json, failing, settings_for
from shared.client import ApiError, AsyncClient, ClientSettings, StoryFailedError
from shared.events import ErrorEvent, TokenEvent
from shared.sampling import MAX_NEW_TOKENS, SamplingParams
from shared.schemas import GenerateRequest

MOST_STORIES = 512
_SEED = "A clockmaker who counts the {number} steps to the sea"


def bench(
    *,
    stories: Annotated[
        int, typer.Option("--stories", "-n", min=1, max=MOST_STORIES, help="At the same time.")
    ] = 8,
    tokens: Annotated[
        int, typer.Option("--tokens", min=1, max=MAX_NEW_TOKENS, help="Most of each story.")
    ] = 128,
    as_json: Json = False,
    api_url: ApiUrl = None,
) -> None:
    """Measure stories that are written at once. Ctrl-C gives them up."""
    output = Output(as_json)
    with failing(output):
        settings = settings_for(output, api_url)
        readings = asyncio.run(_read_all(settings, stories, tokens))
        errors = [reading.error for reading in readings if reading.error is not None]
        if len(errors) == stories:
            raise errors[0]
        figures = Figures.of(readings)
        if as_json:
            output.json(asdict(figures))
        else:
            output.facts(figures.told())
        if errors:
            output.fail(errors[0])
            raise typer.Exit(Exit.FAILED)


async def _read_all(settings: ClientSettings, stories: int, tokens: int) -> list[Reading]:
    readings = [Reading() for _ in range(stories)]
    async with (
        AsyncClient(settings=settings, retry_seconds=RETRY_SECONDS) as client,
        asyncio.TaskGroup() as readers,
    ):
        for number, reading in enumerate(readings, start=1):
            readers.create_task(_read(client, reading, _request(number, tokens)))
    return readings


async def _read(client: AsyncClient, reading: Reading, request: GenerateRequest) -> None:
    reading.asked_at = time.perf_counter()
    # Shielded: who is interrupted meanwhile has to know the job to cancel it.
    creating = asyncio.create_task(client.jobs.create(request))
    try:
        job = await asyncio.shield(creating)
        async for event in client.jobs.watch(job.id):
            match event:
                case TokenEvent():
                    reading.told_at += [time.perf_counter()] * len(event.ids)
                case ErrorEvent():
                    reading.error = StoryFailedError(event.code, event.detail)
    except asyncio.CancelledError:
        with contextlib.suppress(ApiError):
            await client.jobs.cancel((await creating).id)
        raise
    except ApiError as error:
        reading.error = error


def _request(number: int, tokens: int) -> GenerateRequest:
    # Whoever gives up leaves no work behind: what nobody follows is cancelled.
    return GenerateRequest(
        story_seed=_SEED.format(number=number),
        sampling=SamplingParams(seed=number, max_new_tokens=tokens),
        cancel_on_disconnect=True,
    )
