"""How fast an engine writes with all its slots in use, before anybody waits for it.

From one story at a time that cannot be told: sixteen together are five to ten times as fast.
"""

import time

from services.worker.engine import Engine, SequenceRequest
from shared.sampling import SamplingParams

STEPS = 8
"""A quarter of a second of a GPT-2 on two cores."""


def full_rate(engine: Engine) -> float:
    """Tokens a second, of stories that nobody reads."""
    ids = [f"trial-{number}" for number in range(engine.max_batch)]
    for number, id in enumerate(ids):
        sampling = SamplingParams(max_new_tokens=STEPS + 1)
        engine.add_request(
            SequenceRequest(id, "", sampling=sampling, seed=number, token_budget=STEPS + 1)
        )
    engine.step()  # The first one is slower: what it needs is loaded.
    began = time.perf_counter()
    written = sum(output.token is not None for _ in range(STEPS) for output in engine.step())
    seconds = time.perf_counter() - began
    for id in ids:
        engine.abort(id)
    return written / seconds
