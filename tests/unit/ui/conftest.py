"""The fake API and a client of it, with short patience so that tests of silence are quick."""

from collections.abc import Iterator

import pytest

from services.ui.client import Client
from services.ui.settings import UiSettings
from tests.unit.ui.fake_api import FakeApi
from tests.unit.ui.served import served


@pytest.fixture(scope="session")
def served_api() -> Iterator[FakeApi]:
    fake = FakeApi()
    with served(fake.app()) as fake.url:
        yield fake


@pytest.fixture
def api(served_api: FakeApi) -> FakeApi:
    served_api.forget()
    return served_api


@pytest.fixture
def settings(api: FakeApi) -> UiSettings:
    return UiSettings.model_validate(
        {"api_url": api.url, "stream_silence_seconds": 0.5, "stream_give_up_seconds": 2}
    )


@pytest.fixture
def client(settings: UiSettings) -> Iterator[Client]:
    with Client(settings) as client:
        yield client
