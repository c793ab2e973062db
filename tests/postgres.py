"""A real PostgreSQL server for tests: a temporary cluster on a loopback port."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from tests.processes import free_port, process, wait_until

USER = "once"
_NOBODY = "postgres"
"""Whom a test run as root hands the server to, as it refuses to run as root."""
_DISCONNECT_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s"


def find_postgres() -> Path | None:
    """The folder of an installed server's programs, the newest version's."""
    installed = shutil.which("initdb")
    if installed:
        return Path(installed).parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=_version, default=None)


@contextlib.contextmanager
def postgres_process(programs: Path, *, password: str = "") -> Iterator[str]:
    """Yields the URL of an empty server, without a database's name; it asks for the password."""
    # Not among pytest's folders: a root's are closed to everybody else.
    with tempfile.TemporaryDirectory(prefix="once-postgres-") as name:
        folder, port = Path(name), free_port()
        if os.getuid() == 0:
            shutil.chown(folder, _NOBODY, _NOBODY)
        _init(programs, folder, password)
        with process(_server(programs, folder, port), folder / "server.log") as child:
            url = f"postgresql://{USER}{password and ':' + password}@127.0.0.1:{port}"
            wait_until(lambda: _answers(url), seconds=30, what="PostgreSQL answers")
            yield url
            child.send_signal(signal.SIGINT)  # ends it without waiting for those connected
            child.wait(10)


def create_database(server_url: str, name: str) -> str:
    """Make a database without tables; answers its URL."""
    _rule(server_url, f'CREATE DATABASE "{name}"')
    return f"{server_url}/{name}"


def empty_tables(url: str, *, kept: str) -> None:
    """Leave no row but one table's, and nobody connected: a new database takes longer by far."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_DISCONNECT_OTHERS)
        tables = connection.execute(_TABLES, [kept]).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in tables)
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))


def drop_database(url: str) -> None:
    """With whoever is still connected to it."""
    server_url, _, name = url.rpartition("/")
    _rule(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _rule(server_url: str, command: str) -> None:
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        connection.execute(command.encode())


def _init(programs: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password or "none is asked for")
    # fmt: off
    command = _as_nobody(
        str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", USER,
        "--auth-host", "scram-sha-256" if password else "trust", "--pwfile", str(secret),
        "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
    )
    # fmt: on
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


def _server(programs: Path, folder: Path, port: int) -> list[str]:
    # fmt: off
    return _as_nobody(
        str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port),
        "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off",
    )
    # fmt: on


def _as_nobody(*command: str) -> list[str]:
    if os.getuid() != 0:
        return list(command)
    return ["setpriv", "--reuid", _NOBODY, "--regid", _NOBODY, "--clear-groups", *command]


def _answers(url: str) -> bool:
    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _version(programs: Path) -> float:
    return float(programs.parent.name)
