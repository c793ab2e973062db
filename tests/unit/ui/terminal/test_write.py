"""`once write` and `once watch`: what goes to which stream, and the exit code."""

import json
import os
import signal
import subprocess
import sys

import pytest

from shared.errors import ErrorCode
from shared.jobs import JobError
from shared.sampling import SamplingParams
from shared.schemas import Genre, JobStatus, PointOfView
from tests.fake_api import FakeApi, problem
from tests.fake_job import PIECES, Cut
from tests.processes import wait_until
from tests.unit.ui.terminal.running import COMMAND, Ended, on_a_terminal, once, running

STORY = "".join(PIECES)


def write(api: FakeApi, *options: str) -> Ended:
    return once("write", "A fox", "--api-url", api.url, *options)


def test_only_the_story_goes_to_stdout(api: FakeApi) -> None:
    ended = write(api)
    assert (ended.code, ended.out) == (0, STORY + "\n")
    assert "8 tokens" in ended.err
    assert "seed 7" in ended.err


def test_the_options_become_the_request(api: FakeApi) -> None:
    options = "--genre horror --pov first-person --temperature 0 --top-k 3 --top-p 0.5 --seed 9"
    lists = ["--constraint", "no ghosts", "--constraint", "a cat", "--stop", "THE END"]
    more = ["--repetition-penalty", "1.3", "--max-new-tokens", "12", "--seed-pull", "1.5"]
    off = ["--no-end-at-sentence", "--no-keep-length"]
    assert write(api, *options.split(), *lists, *more, *off).code == 0
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
    api.pieces = ["\x1b[2JGo", "\x9b31m on\a", "\r\x00\tand\n", "on \u200d[bold]\u202e"]
    assert write(api).out == "[2JGo31m on\tand\non \u200d[bold]\n"


def test_a_real_terminal_is_sent_no_sequence_but_our_own(api: FakeApi) -> None:
    api.pieces = ["\x1b]0;owned\x07Once", " upon\x1b[2J", " a time."]
    code, sent = on_a_terminal("write", "A fox", "--api-url", api.url)
    assert code == 0
    assert "]0;ownedOnce upon[2J a time.\r\n" in sent
    assert "\x1b]0;" not in sent
    assert "\x1b[2J" not in sent
    assert "Done · " in sent


def test_json_holds_no_character_that_a_terminal_might_obey(api: FakeApi) -> None:
    api.pieces = ["\x1b[2JGo", "\x9b31m \x7f on\a\u202e"]
    out = write(api, "--json").out
    assert all(" " <= char <= "~" for char in out.replace("\n", ""))
    assert "".join(json.loads(line).get("text", "") for line in out.splitlines()) == "".join(
        api.pieces
    )


def test_a_story_begins_with_its_first_word(api: FakeApi) -> None:
    api.pieces = [" ", "\n", " she", " sang"]
    assert write(api).out == "she sang\n"


def test_as_json_each_event_is_a_line(api: FakeApi) -> None:
    ended = write(api, "--json")
    first, *events = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, ended.err) == (0, "")
    assert (first["type"], first["job"]["id"]) == ("job", "job-1")
    tokens = [event for event in events if event["type"] == "token"]
    assert [token["index"] for token in tokens] == list(range(1, 9))
    assert events[-1]["type"] == "done"
    assert events[-1]["receipt"]["seed"] == 7


def test_a_stdout_of_few_characters_still_gets_the_story(api: FakeApi) -> None:
    api.pieces = ["Once", " “upon", " é"]
    ended = subprocess.run(
        [*COMMAND, "write", "A fox", "--api-url", api.url],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b"Once ?upon ?\n")


def test_bad_settings_are_one_line_each() -> None:
    env = {"API_URL": "nonsense", "REQUEST_TIMEOUT_SECONDS": "0"}
    ended = once("write", "A fox", env=env)
    assert (ended.code, ended.out) == (2, "")
    assert sorted(ended.err.splitlines()) == [
        "Error: API_URL must be an address such as http://127.0.0.1:8000.",
        "Error: REQUEST_TIMEOUT_SECONDS must be more than 0.",
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
    ended = write(api)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "Error: Title. Temperature: must be at most 5.\n"


def test_as_json_a_refusal_is_an_object_on_stderr(api: FakeApi) -> None:
    refused = [{"field": "sampling.temperature", "message": "must be at most 5"}]
    api.refuse_create = problem(422, ErrorCode.INVALID_REQUEST, "Said again.", errors=refused)
    ended = write(api, "--json")
    assert (ended.code, ended.out) == (2, "")
    told = json.loads(ended.err)["error"]
    assert (told["code"], told["status"], told["fields"]) == ("invalid_request", 422, refused)


@pytest.mark.parametrize(
    ("status", "refused", "code"),
    [
        (401, ErrorCode.KEY_INVALID, 4),
        (403, ErrorCode.SCOPE_MISSING, 4),
        (429, ErrorCode.TOO_MANY_JOBS, 5),
        (503, ErrorCode.MODEL_UNAVAILABLE, 5),
        (500, ErrorCode.INTERNAL, 5),
        (409, ErrorCode.KEY_REUSED, 1),
    ],
)
def test_the_exit_code_says_what_can_be_done(
    api: FakeApi, status: int, refused: ErrorCode, code: int
) -> None:
    api.refuse_create = problem(status, refused, "No.")
    api.refuse_create.headers["Retry-After"] = "60"
    assert write(api).code == code


def test_a_value_out_of_range_never_leaves_the_terminal(api: FakeApi) -> None:
    ended = write(api, "--top-p", "1.5")
    assert ended.code == 2
    assert ended.err == "Error: Some fields need another value. Top p: must be at most 1.\n"
    assert not api.jobs


def test_a_failed_story_keeps_its_text_and_names_the_error(api: FakeApi) -> None:
    api.fails_after = 2
    ended = write(api)
    assert (ended.code, ended.out) == (1, "Once upon\n")
    assert ended.err.startswith("Error: The model broke.")


def test_a_forged_story_has_an_exit_code_of_its_own(api: FakeApi) -> None:
    job = api.add()
    forged = job.checkpoint(2).model_copy(update={"sha256": "0" * 64})
    job.scripts = [[*job.tokens(1, 2), forged]]
    assert once("watch", job.id, "--api-url", api.url).code == 6


def test_a_story_is_watched_through_a_cut_or_from_where_one_was(api: FakeApi) -> None:
    job = api.add()
    job.scripts = [[*job.tokens(1, 3), Cut()]]
    assert once("watch", job.id, "--api-url", api.url).out == STORY + "\n"
    ended = once("watch", job.id, "--after", "4", "--api-url", api.url)
    assert (ended.code, ended.out) == (0, "".join(PIECES[4:]) + "\n")
    assert f"{len(STORY.split())} words · {len(PIECES)} tokens" in ended.err, "of the whole story"


def test_a_stopped_or_failed_story_is_no_success(api: FakeApi) -> None:
    job = api.add(written=2)
    job.cancelled = True
    ended = once("watch", job.id, "--api-url", api.url)
    assert (ended.code, ended.out) == (1, "Once upon\n")
    job.cancelled, job.error = False, JobError(code=ErrorCode.EXPIRED, detail="Too late.")
    assert once("watch", job.id, "--api-url", api.url).code == 1


def test_no_such_story(api: FakeApi) -> None:
    ended = once("watch", "nothing", "--api-url", api.url)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("Error: There is no such story.")


def test_an_interrupt_leaves_the_story_and_says_how_to_watch_it_again(api: FakeApi) -> None:
    api.reveal_at_once = False
    with running("write", "A fox", "--api-url", api.url) as process:
        wait_until(
            lambda: "job-1" in api.jobs and api.jobs["job-1"].readers > 0,
            seconds=20,
            what="the story is followed",
        )
        api.jobs["job-1"].written = 2
        assert process.stdout is not None
        assert process.stdout.read(9) == "Once upon"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err == "Interrupted; the story goes on. Watch it again: once watch job-1\n"
    assert api.jobs["job-1"].status is JobStatus.RUNNING


def test_a_reader_of_the_output_that_leaves_is_no_error(api: FakeApi) -> None:
    api.reveal_at_once = False
    with running("write", "A fox", "--api-url", api.url) as process:
        wait_until(lambda: "job-1" in api.jobs, seconds=20, what="the story was accepted")
        assert process.stdout is not None
        process.stdout.close()
        api.jobs["job-1"].written = 8
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(10) == 141
