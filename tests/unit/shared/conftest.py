"""A job log on a real, empty Redis."""

from collections.abc import Iterator

import pytest

from shared.connections import connect
from shared.joblog import JobLog


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()
