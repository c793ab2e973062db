"""What a wheel carries: every file that the code reads beside its own."""

import importlib
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def test_every_script_of_the_writing_room_is_in_the_package() -> None:
    scripts = set((ROOT / "services/ui").rglob("*.js"))
    assert scripts
    assert scripts <= carried()


def test_the_client_says_that_it_is_typed() -> None:
    assert ROOT / "shared/py.typed" in carried()


def test_the_tool_is_a_command() -> None:
    module, _, name = project()["project"]["scripts"]["once"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def carried() -> set[Path]:
    patterns: dict[str, list[str]] = project()["tool"]["setuptools"]["package-data"]
    return {
        file
        for package, globs in patterns.items()
        for glob in globs
        for file in (ROOT / package.replace(".", "/")).glob(glob)
    }
