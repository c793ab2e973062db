"""What a wheel carries: every file that the code reads beside its own."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_script_of_the_writing_room_is_in_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns: dict[str, list[str]] = project["tool"]["setuptools"]["package-data"]
    carried = {
        file
        for package, globs in patterns.items()
        for glob in globs
        for file in (ROOT / package.replace(".", "/")).glob(glob)
    }
    scripts = set((ROOT / "services/ui").rglob("*.js"))
    assert scripts
    assert scripts <= carried
