"""The stories that are asked for, and what becomes of them when nothing happens to anybody."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx2

from tests.endless_model import build_endless_model
from tests.faults.cluster import Cluster

COUNT = 20
COMPLETIONS = 4
CHOICES = 2
"""Of each completion; behind the others, each is a story of its own."""
LENGTHS = (3, 40, 80, 120, 200)
_SEEDS = (
    "A lighthouse keeper who counts ships and hears music",
    "Ein Fuchs, der Monde sammelt — und sie verliert",
    "狐と灯台",
    "A baker whose bread tells the truth \u202ebackwards\u202c",
)
UNDISTURBED_SECONDS = 60


def build_model(folder: Path) -> Path:
    """Small, since it is not the arithmetic that is attacked; and slow enough to be met writing."""
    return build_endless_model(folder, width=64, layers=6)


def request(story: int) -> dict[str, Any]:
    """The body of a job; the same number is the same story, byte for byte."""
    chance = random.Random(story)
    return {
        "story_seed": f"{_SEEDS[story % len(_SEEDS)]} ({story})",
        "controls": {"pov": chance.choice(["first-person", "third-person"])},
        "priority": chance.choice(["interactive", "interactive", "batch"]),
        "sampling": {
            "seed": chance.getrandbits(40),
            "max_new_tokens": LENGTHS[story % len(LENGTHS)],
            "temperature": chance.choice([0.7, 1.0, 1.3]),
            "top_k": chance.choice([0, 50]),
        },
    }


def completion(number: int) -> dict[str, Any]:
    """The body of a completion; every other one is streamed."""
    return {
        "prompt": f"{_SEEDS[number % len(_SEEDS)]}, once",
        "n": CHOICES,
        "max_tokens": LENGTHS[1 + number % 3],
        "seed": 1000 * number,
        "stream": number % 2 == 0,
    }


def choice_of(number: int, index: int) -> int:
    """The story that one choice of a completion is."""
    return COUNT + CHOICES * number + index


async def undisturbed(cluster: Cluster) -> list[str]:
    """The text of every story, by its number."""
    told = await asyncio.gather(*(_text(cluster, story) for story in range(COUNT)))
    said = await asyncio.gather(*(_texts(cluster, number) for number in range(COMPLETIONS)))
    return [*told, *(text for texts in said for text in texts)]


async def _text(cluster: Cluster, story: int) -> str:
    told = await _ask(cluster, "/generate", request(story), story)
    assert told["status"] == "succeeded", told
    text: str = told["text"]
    return text


async def _texts(cluster: Cluster, number: int) -> list[str]:
    body = completion(number) | {"stream": False}
    told = await _ask(cluster, "/v1/completions", body, number)
    choices = sorted(told["choices"], key=lambda choice: choice["index"])
    return [choice["text"] for choice in choices]


async def _ask(cluster: Cluster, path: str, body: dict[str, Any], number: int) -> Any:
    """Under a name for each, so that no limit binds them."""
    answer = await cluster.http.post(
        f"{cluster.urls[number % len(cluster.urls)]}{path}",
        json=body,
        headers={"Authorization": f"Bearer calm-{number}"},
        timeout=UNDISTURBED_SECONDS,
    )
    assert answer.status_code == httpx2.codes.OK, answer.text
    return answer.json()
