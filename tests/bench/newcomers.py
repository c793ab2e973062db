"""`python -m tests.bench.newcomers`: what one key's flood costs those who come anew.

A real worker writes 500 sagas for one key; one after the other, newcomers ask for a paragraph, and
their first token is timed as they see it. Then people who think between their stories keep the
worker busy, and the service says how far its estimates of their waits held.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.client import Client
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest
from shared.settings import BUNDLED_MODEL
from tests.bench.findings import percentile
from tests.stack import Stack, running_stack

SLOTS, QUANTUM = 16, 128
SAGA, PARAGRAPH = 800, 40
CALLERS = 32
THINKING_SECONDS = 2.0
GOAL = 1.2
"""Of the wait alone: what a newcomer may wait beyond one quantum."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sagas", type=int, default=500)
    parser.add_argument("--newcomers", type=int, default=40)
    parser.add_argument("--people", type=int, default=48)
    parser.add_argument("--stories", type=int, default=6, help="of each of the people")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="once-bench-") as folder,
        running_stack(Path(folder), MODEL=str(BUNDLED_MODEL)) as stack,
    ):
        stack.add_worker("only", SLOTS=str(SLOTS), QUANTUM=str(QUANTUM))
        first_token(stack, "warm")
        alone = [first_token(stack, f"alone-{n}") for n in range(chosen.newcomers)]
        say("first token, alone", alone)
        flood(stack, chosen.sagas)
        quantum = QUANTUM / pace(stack)
        amid = [first_token(stack, f"new-{n}") for n in range(chosen.newcomers)]
        say("first token, amid the flood", amid)
        tell(f"a quantum lasts {quantum:.2f} s; {running(stack)} stories run")
        within = sum(wait <= GOAL * percentile(alone, 0.5) + quantum for wait in amid)
        tell(f"{within} of {len(amid)} within {GOAL} of the median alone and one quantum")
        empty(stack)
        crowd(stack, chosen.people, chosen.stories)
    return 0


def first_token(stack: Stack, key: str) -> float:
    """Seconds from the request to the first token."""
    with Client(stack.api_url, api_key=key) as client:
        began = time.perf_counter()
        story = client.write(f"A ferryman who meets {key}", sampling=_sampling(PARAGRAPH))
        next(iter(story))
        seconds = time.perf_counter() - began
        story.result()
    return seconds


def flood(stack: Stack, sagas: int) -> None:
    """All of one key; the worker is at them before this ends."""
    asked = GenerateRequest(story_seed="A war of a hundred years", sampling=_sampling(SAGA))
    with Client(stack.api_url, api_key="flood") as client, ThreadPoolExecutor(CALLERS) as threads:
        list(threads.map(lambda _: client.jobs.create(asked), range(sagas)))


def pace(stack: Stack) -> float:
    """Tokens/s of a slot, while all are in use."""
    with Client(stack.api_url, api_key="flood") as client:
        (worker,) = client.operations.workers().workers
        return worker.tokens_per_second / worker.running


def running(stack: Stack) -> int:
    with Client(stack.api_url, api_key="flood") as client:
        (worker,) = client.operations.workers().workers
        return worker.running


def empty(stack: Stack) -> None:
    """End the flood."""
    with Client(stack.api_url, api_key="flood") as client, ThreadPoolExecutor(CALLERS) as threads:
        cursor: str | None = None
        while True:
            page = client.jobs.page(limit=100, cursor=cursor)
            list(threads.map(lambda job: client.jobs.cancel(job.id), page.jobs))
            cursor = page.next_cursor
            if cursor is None:
                return


def crowd(stack: Stack, people: int, stories: int) -> None:
    """Their stories end by themselves."""

    def person(number: int) -> None:
        chance = random.Random(number)
        with Client(stack.api_url, api_key=f"one-{number}") as client:
            for told in range(stories):
                time.sleep(chance.expovariate(1 / THINKING_SECONDS))
                client.write(f"A tailor and {number} needles, {told} of them lost").result()

    with ThreadPoolExecutor(people) as threads:
        list(threads.map(person, range(people)))
    with Client(stack.api_url) as client:
        held = client.operations.queue().calibration
    assert held is not None, "nobody waited"
    tell(
        f"of {held.stories} waits {held.within_p50:.0%} were within what was foretold as p50, "
        f"{held.within_p90:.0%} within p90"
    )


def say(name: str, seconds: Sequence[float]) -> None:
    p50, p95 = (percentile(seconds, share) for share in (0.5, 0.95))
    tell(f"{name}: p50 {p50:.3f} s, p95 {p95:.3f} s, most {max(seconds):.3f} s")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _sampling(tokens: int) -> SamplingParams:
    """So many, whatever the story would like."""
    return SamplingParams(max_new_tokens=tokens, end_at_sentence=False, keep_length=False)


if __name__ == "__main__":
    sys.exit(main())
