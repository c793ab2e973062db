"""The workflows: valid, pinned, with the least rights; and the scripts that they and people run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted(Path(".github/workflows").glob("*.yml"))
SCRIPTS = sorted(Path("infra").rglob("*.sh"))
TOOLS = Path(sys.executable).parent
EVERY = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
PINNED = re.compile(r"uses: [\w-]+/[\w-]+(/[\w-]+)*@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
WRITES = {("release.yml", "release"): {"contents": "write"}}


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return found


@EVERY
def test_schema(path: Path) -> None:
    _check("vendor.github-workflows", path)


def test_schema_of_dependabot() -> None:
    _check("vendor.dependabot", Path(".github/dependabot.yml"))


def test_nothing_is_found_by_the_auditor() -> None:
    command = [str(TOOLS / "zizmor"), "--offline", "--quiet", "--persona", "pedantic", ".github"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@EVERY
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    for line in path.read_text().splitlines():
        if "uses:" in line and "uses: ./" not in line:
            assert PINNED.search(line), line


@EVERY
def test_every_job_says_what_it_may_and_how_long(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {}
    for name, job in jobs(path).items():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 60
        allowed = {k: v for k, v in job.get("permissions", {}).items() if v == "write"}
        assert allowed == WRITES.get((path.name, name), {})


@EVERY
def test_every_script_that_is_run_is_there(path: Path) -> None:
    for script in re.findall(r"(?:ba)?sh ([\w./]+)", path.read_text()):
        assert Path(script).exists()


def test_every_image_is_checked_for_what_it_must_not_hold() -> None:
    matrix = jobs(Path(".github/workflows/ci.yml"))["image"]["strategy"]["matrix"]["include"]
    without = {(row["service"], row["torch"]): set(row["without"].split()) for row in matrix}
    assert "torch" in without["api", "cpu"]
    assert {"celery", "redis", "torch"} <= without["ui", "cpu"]
    assert {"fastapi", "streamlit"} <= without["worker", "cpu"] & without["worker", "cuda"]


def test_nothing_is_released_that_did_not_pass() -> None:
    release = jobs(Path(".github/workflows/release.yml"))
    assert release["ci"]["uses"] == "./.github/workflows/ci.yml"
    assert release["image"]["needs"] == "ci"


def test_dependabot_looks_only_where_it_sees_versions() -> None:
    """Not into the Dockerfiles, whose base is an argument."""
    updates = yaml.safe_load(Path(".github/dependabot.yml").read_text())["updates"]
    looked = {each["package-ecosystem"] for each in updates}
    assert looked == {"pip", "docker-compose", "github-actions"}


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_script_is_read_by_a_plain_shell(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", script], check=True)


def _check(schema: str, path: Path) -> None:
    subprocess.run([TOOLS / "check-jsonschema", "--builtin-schema", schema, path], check=True)
