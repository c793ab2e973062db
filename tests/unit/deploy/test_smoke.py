"""infra/compose/smoke.sh without containers: its parts, and the whole against a stub."""

import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.events import ResumedEvent, StartedEvent, TokenEvent

SCRIPT = Path("infra/compose/smoke.sh").read_text(encoding="utf-8")


def told(*events: StartedEvent | ResumedEvent | TokenEvent) -> str:
    frames = (f"event: {each.type}\r\ndata: {each.model_dump_json()}\r\n\r\n" for each in events)
    return "".join(frames)


def test_the_first_owner_s_container_is_read_and_nothing_after_it() -> None:
    [program] = re.findall(r"\| sed -n '([^']*)'", SCRIPT)
    stream = told(
        StartedEvent(worker="0f3c1d2e4b5a-7", model="m", attempt=1),
        TokenEvent(index=1, text='a "worker": "nobody-1"', ids=[1]),
        StartedEvent(worker="ffffffffffff-8", model="m", attempt=2),
    )
    shell = ["sh", "-c", 'sed -n "$1"; wc -l', "sh", program]
    read = subprocess.run(shell, input=stream, capture_output=True, text=True, check=True).stdout
    assert read.splitlines()[0] == "0f3c1d2e4b5a"
    assert len(read.splitlines()) == 2, "one name, and what wc counted"


def test_the_key_reaches_curl_and_nobody_who_lists_processes(tmp_path: Path) -> None:
    (tmp_path / "ui_api_key").write_text("once_0123\n")
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\necho "$@"\ncat\n')
    curl.chmod(0o755)
    (define,) = re.findall(r"^key=.*?^}$", SCRIPT, re.MULTILINE | re.DOTALL)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRETS": str(tmp_path)}
    shell = ["sh", "-euc", f"{define}\nask http://x/v1/jobs"]
    read = subprocess.run(shell, capture_output=True, text=True, check=True, env=env).stdout
    arguments, config = read.splitlines()
    assert arguments.endswith("http://x/v1/jobs")
    assert "once_" not in arguments
    assert config == 'header = "Authorization: Bearer once_0123"'


def test_only_the_killed_container_is_started_again() -> None:
    assert "docker compose up" not in SCRIPT, "it would scale to what .env says"


class StubApi(BaseHTTPRequestHandler):
    """Accepts every story, and tells of those that come after a kill that they were taken over."""

    killed: Path
    texts: tuple[str, str] = ("Once.", "Once.")
    """Told in peace, and after the kill."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer("application/json", json.dumps({"id": "j"}))

    def do_GET(self) -> None:
        if self.path.endswith("/events"):
            started = StartedEvent(worker="0f3c1d2e4b5a-7", model="m", attempt=1)
            self._answer("text/event-stream", told(started))
            return
        is_killed = self.killed.exists()
        view = {"text": self.texts[is_killed], "attempts": 1 + is_killed}
        self._answer("application/json", json.dumps(view))

    def _answer(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: the test tells what went wrong."""


@pytest.mark.parametrize(
    ("texts", "code", "said"),
    [
        (("Once.", "Once."), 0, "the same, byte for byte"),
        (("Once.", "Twice."), 1, "a killed worker changed the story"),
        (("", ""), 1, "no story came"),
    ],
)
def test_the_whole_of_it_against_a_stub(
    tmp_path: Path, texts: tuple[str, str], code: int, said: str
) -> None:
    killed = tmp_path / "killed"
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/log\n'
        f'case "$1" in kill) touch {killed} ;; inspect) echo healthy ;; esac\n'
    )
    docker.chmod(0o755)
    (tmp_path / "ui_api_key").write_text("once_0123\n")
    stub = type("Stub", (StubApi,), {"killed": killed, "texts": texts})
    with ThreadingHTTPServer(("127.0.0.1", 0), stub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        env = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "SECRETS": str(tmp_path),
            "API_PORT": str(server.server_port),
        }
        command = ["sh", "infra/compose/smoke.sh"]
        ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        server.shutdown()
        thread.join()
    assert ended.returncode == code, ended.stderr
    assert said in ended.stdout + ended.stderr
    if texts[0]:
        orders = (tmp_path / "log").read_text().splitlines()
        assert orders[:2] == ["kill --signal KILL 0f3c1d2e4b5a", "start 0f3c1d2e4b5a"]
