"""The stories that are asked for, and what becomes of them when nothing happens to anybody."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx2

from tests.endless_model import build_endless_model
from tests.faults.cluster import Cluster

COUNT = 20
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


async def undisturbed(cluster: Cluster) -> list[str]:
    """The text of every story, by its number."""
    return list(await asyncio.gather(*(_text(cluster, story) for story in range(COUNT))))


async def _text(cluster: Cluster, story: int) -> str:
    url = cluster.urls[story % len(cluster.urls)]
    answer = await cluster.http.post(
        f"{url}/generate", json=request(story), timeout=UNDISTURBED_SECONDS
    )
    assert answer.status_code == httpx2.codes.OK, answer.text
    told = answer.json()
    assert told["status"] == "succeeded", told
    text: str = told["text"]
    return text
