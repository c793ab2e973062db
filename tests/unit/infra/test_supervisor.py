"""The supervisor of `make up`, with real small processes."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.local.supervisor import Service, StartError, StopFlag, Stopped, start_and_wait, stop_all
from tests.processes import free_port, redis_process

SLEEPER = "import time; print('awake', flush=True); time.sleep(60)"


def service(folder: Path, code: str, name: str = "s") -> Service:
    log = folder / f"{name}.log"
    return Service(
        name,
        [sys.executable, "-c", code],
        log,
        lambda: log.exists() and b"awake" in log.read_bytes(),
    )


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Service]:
    running = service(tmp_path, SLEEPER)
    start_and_wait([running], StopFlag(), seconds=10)
    yield running
    running.stop()


def test_killed_process_is_started_again_and_then_not_too_often(
    sleeper: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = sleeper.started
    monkeypatch.setattr("infra.local.supervisor.time", SimpleNamespace(monotonic=lambda: now))

    def kill() -> None:
        assert sleeper.child is not None
        sleeper.child.kill()
        sleeper.child.wait()

    assert not sleeper.restart_if_due()
    kill()
    assert sleeper.restart_if_due()
    kill()
    assert not sleeper.restart_if_due(), "a second failure at once must pause first"
    now += 1.0
    assert sleeper.restart_if_due()


def test_process_that_never_lasts_is_started_ever_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenths = 0
    monkeypatch.setattr(
        "infra.local.supervisor.time", SimpleNamespace(monotonic=lambda: tenths / 10)
    )
    broken = service(tmp_path, "raise SystemExit('no model here')")
    starts = []
    for _ in range(7):
        broken.start()
        starts.append(tenths)
        assert broken.child is not None
        broken.child.wait(10)
        while not broken.restart_if_due():
            tenths += 1
        broken.stop()
    pauses = [(after - before) / 10 for before, after in itertools.pairwise(starts)]
    assert pauses == [0, 1, 2, 4, 8, 10]


def test_process_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    broken = service(tmp_path, "raise SystemExit('no model here')")
    with pytest.raises(StartError, match="no model here"):
        start_and_wait([broken], StopFlag(), seconds=10)


def test_process_that_never_becomes_ready_is_reported(tmp_path: Path) -> None:
    mute = service(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(StartError, match="not ready"):
        start_and_wait([mute], StopFlag(), seconds=0.3)
    stop_all([mute])
    assert mute.ended


def test_process_deaf_to_termination_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.supervisor.STOP_SECONDS", 0.3)
    deaf = service(
        tmp_path, f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
    )
    start_and_wait([deaf], StopFlag(), seconds=10)
    deaf.stop()
    assert deaf.child is not None
    assert deaf.child.returncode == -signal.SIGKILL


def test_end_asked_for_while_starting_is_heard(tmp_path: Path) -> None:
    mute = service(tmp_path, "import time; time.sleep(60)")
    stop = StopFlag()
    stop.ask()
    with pytest.raises(Stopped):
        start_and_wait([mute], stop, seconds=10)
    stop_all([mute])


def run_up(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.local"],
        env={**os.environ, "DATA_DIR": str(folder), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run_up(tmp_path, API_PORT=port, UI_PORT=str(free_port()))
    assert ended.returncode == 1
    assert f"port {port} is taken" in ended.stderr
    assert "API_PORT=" in ended.stderr


def test_own_redis_that_does_not_answer_is_told_at_once(tmp_path: Path) -> None:
    ports = {"API_PORT": str(free_port()), "UI_PORT": str(free_port())}
    ended = run_up(tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0", **ports)
    assert ended.returncode == 1
    assert "REDIS_URL" in ended.stderr
    assert not (tmp_path / "redis").exists()


@pytest.mark.parametrize(
    ("database", "reason"), [("foo", "URL must specify"), ("{server}/99", "out of range")]
)
def test_redis_url_that_names_none_is_told_in_one_line(
    tmp_path: Path, database: str, reason: str
) -> None:
    ports = {"API_PORT": str(free_port()), "UI_PORT": str(free_port())}
    with redis_process(tmp_path, free_port()) as url:
        given = database.format(server=url.removesuffix("/0"))
        ended = run_up(tmp_path / "var", REDIS_URL=given, **ports)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "REDIS_URL" in line
    assert reason in line


def test_missing_model_is_told_and_nothing_is_left_running(tmp_path: Path) -> None:
    ports = {name: free_port() for name in ("API_PORT", "UI_PORT", "REDIS_PORT")}
    settings = {name: str(port) for name, port in ports.items()}
    ended = run_up(tmp_path, MODEL="/nowhere/model", **settings)
    assert ended.returncode == 1
    assert "/nowhere/model" in ended.stderr
    assert "Traceback" not in ended.stderr
    for port in ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"API_PORT": "99999"}, "API_PORT: Input should be less than"),
        ({"API_PORT": "8765", "UI_PORT": "8765"}, "API_PORT and UI_PORT must differ"),
    ],
)
def test_impossible_ports_are_told_in_one_line(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    ended = run_up(tmp_path, **settings)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ended = run_up(file, API_PORT=str(free_port()), UI_PORT=str(free_port()))
    assert ended.returncode == 1
    assert "DATA_DIR" in ended.stderr
