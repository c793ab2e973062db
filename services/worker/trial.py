"""How fast a worker writes with all its slots in use, before anybody waits for it.

From one story at a time that cannot be told: sixteen together are five to ten times as fast.
"""

import time

from services.worker.engine import Engine, SequenceRequest
from shared.events import DrawnToken
from shared.joblog import JobLog, commands
from shared.sampling import SamplingParams

STEPS = 8
"""Some tenths of a second of a GPT-2 on two cores."""


def full_rate(engine: Engine, joblog: JobLog) -> float:
    """Tokens a second, of stories that nobody reads. Raises StoreUnavailableError.

    Each is sent to the log, too, which knows no such story and keeps nothing: of a small model that
    takes a quarter of the time. Each step by itself: where a worker tells several together it is
    faster than this.
    """
    ids = [f"trial-{number}" for number in range(engine.max_batch)]
    try:
        for number, id in enumerate(ids):
            engine.add_request(
                SequenceRequest(
                    id, "", sampling=SamplingParams(), seed=number, token_budget=STEPS + 1
                )
            )
        _step(engine, joblog)  # The first one is slower: what it needs is loaded.
        began = time.perf_counter()
        written = sum(_step(engine, joblog) for _ in range(STEPS))
        return written / (time.perf_counter() - began)
    finally:
        for id in ids:
            engine.abort(id)


def _step(engine: Engine, joblog: JobLog) -> int:
    """Tokens written."""
    events = [
        (output.id, DrawnToken(output.index, output.text, (output.token,)))
        for output in engine.step()
        if output.token is not None
    ]
    appends = [commands.append(id, 0, event, model=engine.name) for id, event in events]
    joblog.run_all(appends)
    return len(appends)
