"""What `make secrets` does with what an earlier run left, whole or not."""

import os
import subprocess
from pathlib import Path

import pytest

# Root may write to any file, and so would not see what others see.
UNPRIVILEGED = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []


def make(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [*UNPRIVILEGED, "sh", "infra/secrets.sh", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    assert make(tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize(
    "last", ["redis_users.acl", "postgres_password"], ids=lambda last: f"before {last}"
)
def test_an_interrupted_run_can_be_repeated(made: Path, last: str) -> None:
    (made / last).unlink()

    again = make(made)

    assert again.returncode == 0, again.stderr
    library = (made / "postgres_password").read_text().strip()
    assert f":{library}@" in (made / "api_database_url").read_text()


def test_a_file_that_was_left_empty_is_made_anew(made: Path) -> None:
    for name in ("postgres_password", "ui_api_key", "stream_token_key", "grafana_password"):
        (made / name).unlink()
        (made / name).touch(mode=0o444)

    assert make(made).returncode == 0
    assert all(path.stat().st_size for path in made.iterdir())


def test_users_whose_passwords_are_gone_are_not_let_in_without(made: Path) -> None:
    users = made / "redis_users.acl"
    users.chmod(0o644)
    users.write_text("")

    refused = make(made)

    assert refused.returncode == 1
    assert "no password of api" in refused.stderr
    assert users.read_text() == ""


def test_new_rules_are_written_into_the_file_that_redis_has_mounted(made: Path) -> None:
    users = made / "redis_users.acl"
    before = users.stat().st_ino
    assert make(made).returncode == 0
    assert users.stat().st_ino == before
