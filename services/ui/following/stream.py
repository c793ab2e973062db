"""`GET /live/{job_id}`: a story as a page shows it, as server-sent events, for as long as it grows.

Each connection begins with the whole text, so that a browser that was cut off needs no cursor.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.ui.following.sight import Look, Sight
from services.ui.state import readers
from services.ui.story import Phase

FRAME_SECONDS = 0.03
"""What comes within one is told together: no screen shows more."""
LOOK_EVERY_SECONDS = 0.5
"""Silence is news as well."""


async def live(request: Request) -> Response:
    try:
        look = Look.asked(request.query_params)
    except ValueError:
        return PlainTextResponse("before and blind are whole numbers", 400)
    return EventSourceResponse(_messages(request.path_params["job_id"], look))


async def _messages(job_id: str, look: Look) -> AsyncIterator[dict[str, str]]:
    async with contextlib.aclosing(_sights(job_id, look)) as sights:
        told: Sight | None = None
        async for sight in sights:
            news = sight.since(told)
            if news is not None:
                yield {"data": json.dumps(news)}
            told = sight


async def _sights(job_id: str, look: Look) -> AsyncGenerator[Sight]:
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    reader = readers().open(job_id)
    try:
        with reader.listening(lambda: loop.call_soon_threadsafe(changed.set)):
            while True:
                story, trouble, silent = reader.story, reader.trouble, reader.silent_seconds
                sight = Sight.of(story, look, trouble=trouble, silent_seconds=silent)
                # Who has heard nothing yet knows no more than the page, and maybe less.
                if story.phase is not Phase.OPENING or trouble is not None:
                    yield sight
                if sight.is_over:
                    return
                await asyncio.sleep(FRAME_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), LOOK_EVERY_SECONDS)
                changed.clear()
    finally:
        readers().close(reader)
