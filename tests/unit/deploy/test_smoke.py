"""The parts of infra/compose/smoke.sh that can be tried without containers."""

import os
import re
import subprocess
from pathlib import Path

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
