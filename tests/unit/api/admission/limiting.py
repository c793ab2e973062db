"""An API that bounds only what a test is about."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.unit.api.admission.conftest import Person, client
from tests.unit.api.granting import granted
from tests.unit.api.serving import guarded_settings, serving, sqlite_url

SEED = {"story_seed": "A fox"}
NONE = dict.fromkeys(
    (
        "requests_per_minute",
        "jobs_per_key",
        "queue_limit",
        "token_limit",
        "streams_per_key",
        "streams_per_process",
    ),
    0,
)


@contextlib.contextmanager
def limited(redis_url: str, folder: Path, **limits: int) -> Iterator[Person]:
    """An API with these limits and no others, and people who come to it with keys."""
    library = sqlite_url(folder)
    settings = guarded_settings(redis_url, library, **(NONE | limits))
    with contextlib.ExitStack() as exits:
        url = exits.enter_context(serving(settings))
        yield lambda **may: exits.enter_context(client(url, granted(library, **may)))
