"""The usual tutorial's API: a task for each request and a Redis connection for each reader.

`uvicorn --factory tests.bench.tutorial.api:create_app`, with REDIS_URL in the environment.
"""

import json
import os
import uuid
from collections.abc import AsyncIterator

import redis.asyncio
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tests.bench.tutorial.worker import DONE
from tests.bench.tutorial.worker import generate as generate_task


class Request(BaseModel):
    prompt: str
    tokens: int


def create_app() -> FastAPI:
    app = FastAPI()
    url = os.environ["REDIS_URL"]

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @app.post("/generate")
    async def generate(request: Request) -> StreamingResponse:
        return StreamingResponse(_events(url, request), media_type="text/event-stream")

    return app


async def _events(url: str, request: Request) -> AsyncIterator[str]:
    job_id = str(uuid.uuid4())
    async with redis.asyncio.Redis.from_url(url) as client, client.pubsub() as channel:
        await channel.subscribe(job_id)
        generate_task.delay(job_id, request.prompt, request.tokens)
        async for message in channel.listen():
            if message["type"] != "message":
                continue
            text = message["data"].decode()
            if text == DONE:
                yield f"data: {DONE}\n\n"
                return
            yield f"data: {json.dumps(text)}\n\n"
