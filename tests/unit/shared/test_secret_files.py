"""Settings from files, and which passwords are refused."""

from pathlib import Path

import pytest

from services.api.settings import ApiSettings
from services.ui.settings import UiSettings
from shared.passwords import require_own_password
from shared.settings import Settings, load_settings

OWN = "redis://api:4f1c-a-word-of-ones-own@redis:6379/0"


def test_file_stands_for_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "redis_url"
    file.write_text(f"{OWN}\n")
    monkeypatch.setenv("REDIS_URL_FILE", str(file))
    assert Settings().redis_url == OWN
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:7000/0")
    assert Settings().redis_url == "redis://127.0.0.1:7000/0"


def test_writing_room_takes_its_key_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("me")
    monkeypatch.setenv("API_KEY_FILE", str(file))
    key = UiSettings().api_key
    assert key is not None
    assert key.get_secret_value() == "me"


def test_missing_file_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL_FILE", "/nowhere/redis_url")
    with pytest.raises(SystemExit, match="/nowhere/redis_url"):
        load_settings(Settings)


@pytest.mark.parametrize(
    "url",
    [
        OWN,
        "redis://127.0.0.1:6379/0",
        "redis://localhost",
        "redis://[::1]:6379",
        "sqlite+aiosqlite:///var/once.db",
        "postgresql://once:%2Fd93kf8sl2k4@db.example.org/once",
    ],
)
def test_taken(url: str) -> None:
    require_own_password(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis:6379/0",
        "redis://:@redis:6379/0",
        "redis://api:redis@redis:6379/0",
        "redis://:short@127.0.0.1:6379/0",
        "postgresql://once:change-me-please-now@postgres/once",
        "postgresql://once:Pass-Word-1234@127.0.0.1/once",
        "postgresql://once@postgres/once",
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(ValueError, match="password"):
        require_own_password(url)


@pytest.mark.parametrize("name", ["REDIS_URL", "DATABASE_URL"])
def test_start_with_a_default_password_is_refused_outside_development(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "redis://once:changeme@redis/0")
    monkeypatch.delenv("DEVELOPMENT", raising=False)
    with pytest.raises(SystemExit) as ended:
        load_settings(ApiSettings)
    assert name in str(ended.value)
    assert "changeme" not in str(ended.value), "a log is no place for it either"
    monkeypatch.setenv("DEVELOPMENT", "true")
    load_settings(ApiSettings)
