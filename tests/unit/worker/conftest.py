"""The tiny model that every test of the worker may load."""

from pathlib import Path

import pytest

from tests.unit.worker.tiny_model import build_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a two-layer GPT-2 with 300 tokens and a context of 128."""
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
