"""What is limited by default, and what the API does not start with."""

import pytest

from services.api.settings import ApiSettings
from shared.settings import load_settings
from tests.unit.api.serving import SIGNING_KEY

LIMITS = (
    "requests_per_minute",
    "jobs_per_key",
    "queue_limit",
    "streams_per_key",
    "streams_per_process",
)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ApiSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("STREAM_TOKEN_KEY", SIGNING_KEY)
    return monkeypatch


def test_limits_hold_outside_development_alone_unless_they_are_named(
    told: pytest.MonkeyPatch,
) -> None:
    assert all(getattr(load_settings(ApiSettings), name) > 0 for name in LIMITS)
    told.setenv("DEVELOPMENT", "true")
    assert not any(getattr(load_settings(ApiSettings), name) for name in LIMITS)
    told.setenv("JOBS_PER_KEY", "7")
    assert load_settings(ApiSettings).limits.jobs_per_key == 7


@pytest.mark.parametrize("key", [None, "", "short", "x" * 31])
def test_signing_key_of_ones_own_is_needed_outside_development(
    told: pytest.MonkeyPatch, key: str | None
) -> None:
    told.delenv("STREAM_TOKEN_KEY")
    if key is not None:
        told.setenv("STREAM_TOKEN_KEY", key)
    with pytest.raises(SystemExit) as ended:
        load_settings(ApiSettings)
    (line,) = str(ended.value).splitlines()[1:]
    assert line.startswith("STREAM_TOKEN_KEY: outside development it is needed")
    assert not key or key not in line


def test_signing_key_is_drawn_in_development(told: pytest.MonkeyPatch) -> None:
    told.delenv("STREAM_TOKEN_KEY")
    told.setenv("DEVELOPMENT", "true")
    one, other = (load_settings(ApiSettings).stream_token_key for _ in range(2))
    assert one is not None
    assert one != other


def test_sites_are_named_by_their_origins(told: pytest.MonkeyPatch) -> None:
    assert load_settings(ApiSettings).cors_origins == ()
    told.setenv("CORS_ORIGINS", "https://tales.example, http://127.0.0.1:3000")
    both = ("https://tales.example", "http://127.0.0.1:3000")
    assert load_settings(ApiSettings).cors_origins == both


@pytest.mark.parametrize(
    "origins", ["*", "null", "tales.example", "https://tales.example/", "https://*.example"]
)
def test_what_is_no_origin_is_refused(told: pytest.MonkeyPatch, origins: str) -> None:
    told.setenv("CORS_ORIGINS", origins)
    with pytest.raises(SystemExit, match=r"CORS_ORIGINS: .* is no origin"):
        load_settings(ApiSettings)


def test_other_names_are_listed_without_ports(told: pytest.MonkeyPatch) -> None:
    told.setenv("HOST_NAMES", "tales.test, mybox")
    assert load_settings(ApiSettings).host_names == ("tales.test", "mybox")
    told.setenv("HOST_NAMES", "tales.test:8000")
    with pytest.raises(SystemExit, match=r"HOST_NAMES: .* is no name"):
        load_settings(ApiSettings)
