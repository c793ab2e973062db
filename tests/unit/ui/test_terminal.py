"""The terminal client: what goes to which stream, and the exit code."""

import os
import signal
import subprocess
import sys
import time

import pytest
import typer
from typer.testing import CliRunner

from services.ui.telling import tell
from shared.errors import ErrorCode
from shared.schemas import Genre, JobStatus, PointOfView, SamplingParams
from tests.unit.ui.fake_api import PIECES, FakeApi, problem

APP = typer.Typer()
APP.command()(tell)
COMMAND = [sys.executable, "-m", "services.ui.terminal"]
STORY = "".join(PIECES)


def run(api: FakeApi, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(APP, ["A fox", "--api-url", api.url, *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_only_the_story_goes_to_stdout(api: FakeApi) -> None:
    code, out, err = run(api)
    assert (code, out) == (0, STORY + "\n")
    assert "8 tokens" in err
    assert "seed 7" in err


def test_the_options_become_the_request(api: FakeApi) -> None:
    options = "--genre horror --pov first-person --temperature 0 --top-k 3 --top-p 0.5 --seed 9"
    lists = ["--constraint", "no ghosts", "--constraint", "a cat", "--stop", "THE END"]
    more = ["--repetition-penalty", "1.3", "--max-new-tokens", "12", "--seed-pull", "1.5"]
    assert (
        run(api, *options.split(), *lists, *more, "--no-end-at-sentence", "--no-keep-length")[0]
        == 0
    )
    request = api.jobs["job-1"].request
    assert (request.controls.genre, request.controls.pov) == (Genre.HORROR, PointOfView.FIRST)
    assert request.controls.constraints == ["no ghosts", "a cat"]
    assert request.sampling == SamplingParams(
        temperature=0,
        top_k=3,
        top_p=0.5,
        repetition_penalty=1.3,
        max_new_tokens=12,
        stop=["THE END"],
        seed=9,
        seed_pull=1.5,
        end_at_sentence=False,
        keep_length=False,
    )


def test_a_terminal_cannot_be_driven_by_a_story(api: FakeApi) -> None:
    api.pieces = ["\x1b[2JGo", "\x9b31m on\a", "\r\x00\tand\n", "on \u200d[bold]"]
    assert run(api)[1] == "[2JGo31m on\tand\non \u200d[bold]\n"


def test_a_story_begins_with_its_first_word(api: FakeApi) -> None:
    api.pieces = [" ", "\n", " she", " sang"]
    assert run(api)[1] == "she sang\n"


def test_a_stdout_of_few_characters_still_gets_the_story(api: FakeApi) -> None:
    api.pieces = ["Once", " “upon", " é"]
    ended = subprocess.run(
        [*COMMAND, "A fox", "--api-url", api.url],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b"Once ?upon ?\n")


def test_bad_settings_are_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "nonsense")
    monkeypatch.setenv("UI_PORT", "0")
    result = CliRunner().invoke(APP, ["A fox"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert sorted(result.stderr.splitlines()) == [
        "Error: API_URL must be an address such as http://127.0.0.1:8000",
        "Error: UI_PORT must be at least 1",
    ]


def test_an_interrupt_while_it_starts_shows_no_stack() -> None:
    # Interrupted at the first import that takes long.
    interrupted = (
        "import runpy, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "runpy.run_module('services.ui.terminal', run_name='__main__')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", interrupted], capture_output=True, timeout=30, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


def test_a_refused_request_is_one_line(api: FakeApi) -> None:
    refused = [{"field": "sampling.temperature", "message": "must be at most 5"}]
    api.refuse_create = problem(422, ErrorCode.INVALID_REQUEST, "Said again.", errors=refused)
    code, out, err = run(api)
    assert (code, out) == (1, "")
    assert err == "Error: Title. Temperature: must be at most 5.\n"


def test_a_value_out_of_range_never_leaves_the_terminal(api: FakeApi) -> None:
    code, _, err = run(api, "--top-p", "1.5")
    assert code == 2
    assert err == "Error: Some fields need another value. Top p: must be at most 1.\n"
    assert not api.jobs


def test_a_failed_story_keeps_its_text_and_names_the_error(api: FakeApi) -> None:
    api.fails_after = 2
    code, out, err = run(api)
    assert (code, out) == (1, "Once upon\n")
    assert err.startswith("Error: The model broke.")


def test_an_api_that_is_down_is_said_plainly() -> None:
    result = CliRunner().invoke(APP, ["A fox", "--api-url", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "cannot be reached" in result.stderr


def test_an_interrupt_stops_the_story(api: FakeApi) -> None:
    api.reveal_at_once = False
    process = subprocess.Popen(
        [*COMMAND, "A fox", "--api-url", api.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # Whoever runs the tests in the background may have them ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 20
    while not (api.jobs and api.jobs["job-1"].readers) and time.monotonic() < deadline:
        time.sleep(0.02)
    api.jobs["job-1"].written = 2
    assert process.stdout is not None
    assert process.stdout.read(9) == "Once upon"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err == "Stopped.\n"
    assert api.jobs["job-1"].status is JobStatus.CANCELLED
