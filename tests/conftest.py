"""Fixtures that every test may use: a real Redis, empty for each test."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import httpcore2
import pytest
from hypothesis import settings

from shared.connections import connect
from tests.processes import free_port, redis_process


def pytest_configure() -> None:
    # Read once, when torch is imported: threads that wait by spinning take the core from the tests
    # that run beside.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # A machine that stands still for a moment is no defect of what was called meanwhile.
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """By whoever speaks HTTP first: 45 ms of each new client's time, and every look makes one."""
    with pytest.MonkeyPatch.context() as patch:
        read = functools.cache(httpcore2.default_ssl_context)
        patch.setattr(httpcore2, "default_ssl_context", read)
        yield


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_process(folder, free_port()) as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    client = connect(redis_server)
    client.flushall()
    client.close()
    return redis_server


@pytest.fixture(scope="session")
def endless_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Here, since whoever hands tests out, or runs others, need not import torch first.
    from tests.endless_model import build_endless_model

    return build_endless_model(tmp_path_factory.mktemp("models") / "endless")
