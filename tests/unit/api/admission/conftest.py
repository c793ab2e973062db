"""An API outside development on a new database of each kind, and people with keys."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.unit.api.granting import granted
from tests.unit.api.library.conftest import (  # noqa: F401
    database_url,
    empty_database,
    kind,
    migrated_postgres,
    migrated_sqlite,
    postgres_server,
    redis_server,
)
from tests.unit.api.serving import guarded_settings, serving

Person = Callable[..., httpx2.Client]


@pytest.fixture
def api(redis_url: str, database_url: str) -> Iterator[str]:  # noqa: F811
    with serving(guarded_settings(redis_url, database_url)) as url:
        yield url


@pytest.fixture
def person(api: str, database_url: str) -> Iterator[Person]:  # noqa: F811
    """A client with a key of its own; for what it may, see `granted`."""
    clients: list[httpx2.Client] = []

    def come(**may: object) -> httpx2.Client:
        key = granted(database_url, **may)  # type: ignore[arg-type]
        clients.append(client(api, key))
        return clients[-1]

    yield come
    for each in clients:
        each.close()


def client(url: str, key: str | None = None) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(base_url=url, headers=headers, timeout=20)
