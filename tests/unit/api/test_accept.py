"""Whether who asks `/generate` wants the events or the ended job."""

import pytest

from services.api.routes.generate import accepts_stream


@pytest.mark.parametrize(
    ("accept", "is_stream"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream", True),
        ("application/json, text/event-stream;q=0.5", True),
        ("text/event-stream ; q=0.001", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/event-stream;q=0", False),
        ("application/json, text/event-stream; Q=0.000", False),
        ("text/event-streams", False),
        ("application/json;profile=text/event-stream", False),
    ],
)
def test_events_are_for_who_names_them(accept: str, is_stream: bool) -> None:
    assert accepts_stream(accept) == is_stream
