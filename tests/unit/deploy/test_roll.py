"""infra/compose/roll.sh against a docker that only keeps a list of containers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DOCKER = f"""#!{sys.executable}
import os, sys
from pathlib import Path

folder = Path(os.environ["DOCKER_FOLDER"])
log, running, stopped = (folder / name for name in ("log", "running", "stopped"))
words = sys.argv[1:]
there = running.read_text().split()
if words[:2] == ["compose", "ps"]:
    print("\\n".join(there))
elif words[:2] == ["compose", "rm"]:
    stopped.write_text("")
elif words[:2] == ["compose", "up"]:
    assert not stopped.read_text(), "it would be started again"
    wanted = int(words[words.index("--scale") + 1].partition("=")[2])
    made = log.read_text().count("up")
    running.write_text(" ".join([*there, *(f"new{{made}}" for _ in range(wanted - len(there)))]))
    log.write_text(log.read_text() + "up\\n")
elif words[0] == "stop":
    there.remove(words[1])
    running.write_text(" ".join(there))
    log.write_text(log.read_text() + f"{{len(there)}} left\\n")
elif words[0] != "rm":
    sys.exit(f"docker {{words}}")
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    for name, text in {"docker": DOCKER, "sleep": "#!/bin/sh\n"}.items():
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)
    (tmp_path / "log").write_text("")
    (tmp_path / "stopped").write_text("old9")
    return tmp_path


def roll(folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{folder}:{os.environ['PATH']}"
    command = ["sh", "infra/compose/roll.sh", "api"]
    env = {**os.environ, "PATH": path, "DOCKER_FOLDER": str(folder)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("count", [1, 3])
def test_each_is_replaced_and_never_fewer_serve(docker: Path, count: int) -> None:
    (docker / "running").write_text(" ".join(f"old{number}" for number in range(count)))
    ended = roll(docker)
    assert ended.returncode == 0, ended.stderr
    assert f"api: {count} replaced" in ended.stdout
    assert (docker / "running").read_text().split() == [f"new{number}" for number in range(count)]
    assert (docker / "log").read_text() == f"up\n{count} left\n" * count


def test_a_service_that_does_not_run_is_not_begun(docker: Path) -> None:
    (docker / "running").write_text("")
    ended = roll(docker)
    assert ended.returncode == 1
    assert "api: none runs" in ended.stderr
