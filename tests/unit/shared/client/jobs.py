"""Jobs for tests that need no server."""

from collections.abc import Sequence

from shared.schemas import GenerateRequest
from tests.fake_job import FakeJob


def fake_job(pieces: Sequence[str]) -> FakeJob:
    """Written to its end."""
    request = GenerateRequest(story_seed="A fox")
    return FakeJob("job-1", request, list(pieces), written=len(pieces))
