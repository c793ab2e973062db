"""The writing room's key: given by a deployment, let in by the migration."""

import os
import subprocess
import sys

import httpx2
import pytest

from tests.unit.api.granting import revoke_all
from tests.unit.api.library.writing import ON_SQLITE
from tests.unit.api.serving import ROOM_KEY, guarded_settings, serving

FORMER = f"once_{'6' * 64}"


def migrate(database_url: str, room_key: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "DATABASE_URL": database_url, "UI_API_KEY": room_key}
    command = [sys.executable, "-m", "services.api.db", "upgrade"]
    return subprocess.run(command, env=env, check=False, timeout=60, capture_output=True, text=True)


def statuses(redis_url: str, database_url: str, *keys: str) -> list[int]:
    """What each key is answered by an API that was never told of it."""
    with serving(guarded_settings(redis_url, database_url)) as url:
        headers = [{"Authorization": f"Bearer {key}"} for key in keys]
        return [httpx2.get(f"{url}/v1/stories", headers=each).status_code for each in headers]


def test_room_comes_in_by_its_key_and_by_no_former_one(redis_url: str, empty_database: str) -> None:
    for key in (FORMER, ROOM_KEY, ROOM_KEY):
        assert migrate(empty_database, key).returncode == 0
    assert statuses(redis_url, empty_database, ROOM_KEY, FORMER) == [200, 401]


def test_revoked_key_stays_revoked_whatever_a_deployment_says(
    redis_url: str, empty_database: str
) -> None:
    migrate(empty_database, ROOM_KEY)
    revoke_all(empty_database)
    migrate(empty_database, ROOM_KEY)
    assert statuses(redis_url, empty_database, ROOM_KEY) == [401]


@ON_SQLITE
@pytest.mark.parametrize("key", ["me", "once_7", f"once_{'G' * 64}", f"{ROOM_KEY}0"])
def test_what_is_no_key_is_refused_and_not_shown(empty_database: str, key: str) -> None:
    ended = migrate(empty_database, key)
    assert ended.returncode == 1
    assert "UI_API_KEY: it is no key" in ended.stderr
    assert key not in ended.stderr.replace("UI_API_KEY: it is no key (`make secrets`", "")
