"""The tool as a whole: its help, its completion, and what it needs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.ui.terminal.output import Output, one_line, printable
from services.ui.terminal.session import job_ids
from tests.fake_api import FakeApi
from tests.images import absent_modules
from tests.unit.ui.terminal.running import COMMAND, on_a_terminal, once

COMMANDS = ("write", "watch", "list", "cancel", "verify", "export", "status", "bench")


def test_every_command_explains_itself_and_speaks_json() -> None:
    whole = once("--help")
    assert whole.code == 0
    assert "Exit codes" in whole.out
    for command in COMMANDS:
        assert command in whole.out
        assert "--json" in once(command, "--help").out


@pytest.mark.parametrize("words", [["--help"], ["write", "--help"], ["bench", "--help"]])
def test_help_is_whole_on_a_narrow_terminal(words: list[str]) -> None:
    _, told = on_a_terminal(*words, columns=60)
    lines = told.splitlines()
    assert max(map(len, lines)) <= 60
    cut = [line for line in lines if "…" in line or line.endswith("...")]
    assert cut == [line for line in lines if line.endswith("COMMAND [ARGS]...")]


def test_options_are_named_in_full_on_a_narrow_terminal() -> None:
    _, told = on_a_terminal("write", "--help", columns=60)
    for name in ("--repetition-penalty", "--no-end-at-sentence", "adventure", "first-person|third"):
        assert name in told


def test_a_wrong_command_is_invalid() -> None:
    assert once("wright").code == 2
    assert once("list", "--limit", "many").code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    ended = subprocess.run(
        [*COMMAND, "--show-completion", shell],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert "_ONCE_COMPLETE" in ended.stdout


def test_commands_and_values_are_completed() -> None:
    def completed(*words: str) -> list[str]:
        env = {
            **os.environ,
            "_ONCE_COMPLETE": "complete_bash",
            "COMP_WORDS": "\n".join(("once", *words)),
            "COMP_CWORD": str(len(words)),
        }
        ended = subprocess.run(
            COMMAND, env=env, capture_output=True, text=True, timeout=30, check=False
        )
        return ended.stdout.split()

    assert completed("ver") == ["verify"]
    assert completed("write", "Fox", "--genre", "my") == ["mystery"]


def test_no_service_is_no_id_to_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    assert job_ids("") == []
    monkeypatch.setenv("API_URL", "nonsense")
    assert job_ids("") == []


def test_the_client_extra_is_all_it_needs(tmp_path: Path, api: FakeApi) -> None:
    absent = sorted(absent_modules("client") - {"services", "shared"})
    blocked = (
        "import sys\n"
        f"names = set({absent!r})\n"
        "class Missing:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in names:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from services.ui.terminal.__main__ import main\n"
        f"sys.argv = ['once', 'write', 'A fox', '--api-url', {api.url!r}]\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", blocked], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Once upon")


def test_what_is_shown_stays_on_its_line_and_obeys_nothing() -> None:
    assert one_line("a\n\tb\x1b[31m\u2066c") == "a b[31mc"
    assert printable("a\n\tb\r") == "a\n\tb"


def test_in_a_pipe_fields_are_parted_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    Output(is_json=False).table(("a", "b"), [("1", "x\ty"), ("2", "[bold]z")])
    assert capsys.readouterr().out == "1\tx y\n2\t[bold]z\n"


def test_in_a_terminal_a_table_has_a_head_and_whole_ids(api: FakeApi) -> None:
    job = api.add()
    job.id = "0123456789abcdef" * 2
    api.jobs = {job.id: job}
    code, sent = on_a_terminal("cancel", job.id, "--api-url", api.url)
    assert code == 0
    assert "status" in sent
    assert job.id in sent
    assert "succeeded" in sent


@pytest.mark.parametrize(
    ("columns", "shown"), [(80, "A lighthou"), (60, "seed    A lighthouse keeper who hears music")]
)
def test_in_a_narrow_terminal_a_table_cuts_the_seed_or_stands_on_its_side(
    api: FakeApi, columns: int, shown: str
) -> None:
    job = api.add()
    job.id = "0123456789abcdef" * 2
    api.jobs = {job.id: job}
    _, sent = on_a_terminal("cancel", job.id, "--api-url", api.url, columns=columns)
    for whole in (job.id, "succeeded", shown):
        assert whole in sent


def test_in_a_narrow_terminal_a_hash_is_whole_and_words_are(api: FakeApi) -> None:
    job = api.add()
    _, sent = on_a_terminal("status", job.id, "--api-url", api.url, columns=50)
    facts = "".join(part.strip() for part in sent.splitlines())
    receipt = job.view().receipt
    assert receipt is not None
    assert receipt.text_sha256 in facts
    _, sent = on_a_terminal("status", "nope", "--api-url", api.url, columns=50)
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", sent).splitlines())) <= 50
