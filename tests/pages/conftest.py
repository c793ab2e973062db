"""One API for all page tests; each test is another person, so none sees another's stories."""

import functools
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.caching import clear_session_resource_cache

from services.api import streams
from services.ui import clicks
from services.ui.settings import UiSettings
from services.ui.state import demonstrations
from shared.client import Client
from tests.pages import mute
from tests.pages.mute import MuteApi
from tests.pages.room import Room, wait_for
from tests.processes import free_port, redis_process
from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, owe_nothing, serving, sqlite_url

APP_TEST_SESSION = "test session id"


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Not the one of the other tests: this API would carry their jobs into its own library."""
    with redis_process(tmp_path_factory.mktemp("redis"), free_port()) as url:
        yield url


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="session")
def api_url(redis_server: str, library: Path) -> Iterator[str]:
    settings = api_settings(redis_server, sqlite_url(library), development=True)
    with pytest.MonkeyPatch.context() as patch:
        # A follower that is told to end does so at the next byte, which while nothing is told is a
        # ping: every ten seconds, for which each test of a waiting story would have to wait.
        patch.setattr(streams, "PING_SECONDS", 1)
        with serving(settings) as url:
            yield url


@pytest.fixture(scope="session", autouse=True)
def _packages_are_looked_through_once() -> Iterator[None]:
    """For parts of pages, among all that are installed: each new tab would spend 0.4 s on it."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture
def actor(redis_url: str) -> Iterator[Actor]:
    actor = Actor(redis_url, context_length=1024)
    actor.beat()
    yield actor
    actor.close()


@pytest.fixture
def room(
    api_url: str, library: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    monkeypatch.setenv("API_URL", api_url)
    monkeypatch.setenv("API_KEY", uuid.uuid4().hex)
    st.cache_resource.clear()
    with Client(settings=UiSettings()) as client:
        yield Room(client, actor)
    clear_session_resource_cache(APP_TEST_SESSION)
    demonstrations.clear()
    wait_for(lambda: not _followers(), "whoever follows a story has ended")
    st.cache_resource.clear()
    owe_nothing(library)


@pytest.fixture
def between(room: Room, api_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MuteApi]:
    """What the tab's wishes go through; it presses twice within a second and means it."""
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 0)
    with mute.before(api_url) as server:
        monkeypatch.setenv("API_URL", server.url)
        yield server
        server.unanswered = None


def _followers() -> list[threading.Thread]:
    names = ("reader-", "demonstration")
    return [thread for thread in threading.enumerate() if thread.name.startswith(names)]
