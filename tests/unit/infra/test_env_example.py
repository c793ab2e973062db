"""`.env.example` names every setting and every variable of compose, and shows its default."""

from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from infra.local.up import UpSettings
from services.api.settings import ApiSettings
from services.ui.settings import UiSettings
from services.worker.settings import WorkerSettings
from tests.composition import FILE, GPU, resolve

EXAMPLE = Path(".env.example")
KINDS: list[type[BaseSettings]] = [ApiSettings, UiSettings, UpSettings, WorkerSettings]


def test_every_setting_is_named_and_nothing_else() -> None:
    lines = EXAMPLE.read_text().splitlines()
    named = {line.removeprefix("# ").partition("=")[0] for line in lines if "=" in line}
    settings = {name.upper() for kind in KINDS for name in kind.model_fields}
    assert named == settings | resolve([FILE, GPU]).variables


def test_shows_the_defaults_of_compose() -> None:
    shown = {name: value for name, value in dotenv_values(EXAMPLE).items() if value is not None}
    services = {"API_PORT", "UI_PORT", "MODEL", "DTYPE", "LOG_LEVEL"}
    assert services <= set(shown)
    for files in ([FILE], [FILE, GPU]):
        assert resolve(files, env=shown) == resolve(files)


def test_what_is_not_for_compose_alone_reaches_its_services_too() -> None:
    """All but what is settled there, and what only means something without containers."""
    above, _, below = EXAMPLE.read_text().partition("for docker-compose.yml alone")
    shown = set(dotenv_values(stream=StringIO(above)))
    assert shown - resolve([FILE, GPU]).variables == {
        "DATA_DIR",
        "REDIS_PORT",
        "API_HOST",
        "API_LEAVE_SECONDS",
        "HOST_NAMES",
        "UI_HOST",
        "LOG_FORMAT",
    }
    settings = {name.upper() for kind in KINDS for name in kind.model_fields}
    assert not settings & set(dotenv_values(stream=StringIO(below)))


@pytest.mark.parametrize("kind", KINDS)
def test_copied_as_it_is_it_changes_nothing(
    kind: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in kind.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("STREAM_TOKEN_KEY", "a key of thirty-two letters, or more")
    shown = {name.lower() for name in dotenv_values(EXAMPLE)} - {"model"}
    example = kind(_env_file=EXAMPLE).model_dump(include=shown)
    assert example == kind(_env_file=None).model_dump(include=shown)
