"""The Redis users: each role can do what its code does, and nothing beside it.

That the whole service works under these rules is shown with real processes, in
`tests/integration/test_compose.py`.
"""

import inspect
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError

from shared.broker import queue_name
from shared.joblog import keys
from shared.passwords import require_own_password
from shared.schemas import Priority
from tests.processes import free_port, redis_process

USERS = {
    line.split()[1]: line.split() for line in Path("infra/redis/users.acl").read_text().splitlines()
}
ROLES = ("api", "worker")


def every_key() -> set[str]:
    """One example of each key that the job log has."""
    arguments = {"priority": Priority.INTERACTIVE}
    made = {queue_name("m")}
    for name, member in vars(keys).items():
        if inspect.isfunction(member) and member.__module__ == keys.__name__:
            made.add(
                member(*(arguments.get(each, "x") for each in inspect.signature(member).parameters))
            )
        elif name.isupper() and isinstance(member, str) and name != "ARCHIVE_GROUP":
            made.add(member)
    # Asked for in development alone, where there are no users.
    return made - {keys.kill_order("x")}


def patterns(role: str) -> list[str]:
    return [word[1:] for word in USERS[role] if word.startswith("~")]


def test_every_key_of_the_job_log_is_somebodys() -> None:
    for key in every_key():
        assert any(fnmatchcase(key, p) for role in ROLES for p in patterns(role)), key


def test_every_command_in_a_script_is_allowed_to_somebody() -> None:
    allowed = {word[1:].partition("|")[0] for role in ROLES for word in USERS[role]}
    for script in Path("shared/joblog/lua").rglob("*.lua"):
        called = re.findall(r"redis\.p?call\('([A-Z]+)'", script.read_text())
        assert {name.lower() for name in called} <= allowed, script.name


@pytest.mark.parametrize("role", ROLES)
def test_role_has_no_category_and_nothing_that_rules_the_server(role: str) -> None:
    allowed = {word[1:] for word in USERS[role] if word.startswith("+")}
    assert not any(word.startswith("@") for word in allowed)
    assert not allowed & {"flushall", "flushdb", "keys", "config", "acl", "eval", "debug", "script"}
    assert "*" not in patterns(role)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run(["sh", "infra/secrets.sh", str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def port(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    users = ("--aclfile", str(secrets / "redis_users.acl"))
    with redis_process(folder, port, *users, login="health:health@"):
        yield port


def as_role(role: str, secrets: Path, port: int) -> "redis.Redis":
    url = (secrets / f"{role}_redis_url").read_text().strip()
    return redis.Redis.from_url(url.replace("redis:6379", f"127.0.0.1:{port}"))


def test_nobody_comes_in_without_a_name(port: int) -> None:
    with redis.Redis(port=port) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_health_check_can_ping_and_do_nothing_else(port: int) -> None:
    with redis.Redis(port=port, username="health", password="health") as client:
        assert client.ping()
        with pytest.raises(NoPermissionError):
            client.get("leases")


@pytest.mark.parametrize("role", ROLES)
def test_role_cannot_reach_beyond_its_keys(role: str, secrets: Path, port: int) -> None:
    with as_role(role, secrets, port) as client:
        assert client.ping()
        for forbidden in (client.flushall, client.keys, client.config_get, client.acl_list):
            with pytest.raises(NoPermissionError):
                forbidden()
        with pytest.raises(NoPermissionError):
            client.hgetall("elsewhere")


def test_worker_sees_nobodys_list_of_stories(secrets: Path, port: int) -> None:
    with as_role("worker", secrets, port) as client, pytest.raises(NoPermissionError):
        client.zrange(keys.tenant_jobs("me"), 0, -1)


def test_api_issues_permits_and_has_no_part_in_who_takes_them(secrets: Path, port: int) -> None:
    with as_role("api", secrets, port) as client:
        assert client.lpush(queue_name("m"), "a permit")
        with pytest.raises(NoPermissionError):
            client.sadd(f"_kombu.binding.{queue_name('m')}", "another queue")


def test_secrets_are_ones_own_and_kept_when_asked_for_again(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert len(set(before.values())) == len(before)
    for name in ("api_redis_url", "worker_redis_url", "api_database_url"):
        require_own_password(before[name].strip())
    assert (secrets.stat().st_mode & 0o777) == 0o700
    subprocess.run(["sh", "infra/secrets.sh", str(secrets)], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before


def test_rules_of_a_new_version_keep_the_passwords(secrets: Path) -> None:
    users = secrets / "redis_users.acl"
    now = users.read_text()
    users.chmod(0o644)
    users.write_text(now.replace(" ~queue:*", "").replace(" +zscore", ""))
    subprocess.run(["sh", "infra/secrets.sh", str(secrets)], check=True, capture_output=True)
    assert users.read_text() == now


def test_redis_itself_is_told_no_password(secrets: Path) -> None:
    users = (secrets / "redis_users.acl").read_text()
    assert ">" not in users
    for role in ROLES:
        password = re.search(":([0-9a-f]{48})@", (secrets / f"{role}_redis_url").read_text())
        assert password
        assert password[1] not in users
