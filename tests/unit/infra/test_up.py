"""What `make up` tells the services that it starts."""

from pathlib import Path

import pytest

from infra.local.up import UpSettings, environment


@pytest.mark.parametrize(
    ("given", "told"), [(None, "true"), ("", "true"), ("true", "true"), ("0", "false")]
)
def test_up_is_development_unless_its_user_says_otherwise(
    given: str | None, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # away from any .env
    monkeypatch.delenv("DEVELOPMENT", raising=False)
    if given is not None:
        monkeypatch.setenv("DEVELOPMENT", given)
    services = environment(UpSettings(), "redis://127.0.0.1:6379/0")
    assert (services["DEVELOPMENT"], services["API_HOST"]) == (told, "127.0.0.1")
