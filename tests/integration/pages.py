"""The pages for readers, and what it takes to run the code on them as a reader would."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PAGES = [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STAND_IN = """\
#!/bin/sh
printf '%s' "$(basename "$0")" >> "$CALLS"
printf '\\t%s' "$@" >> "$CALLS"
printf '\\n' >> "$CALLS"
"""
_MAKE = """\
#!/bin/sh
case $1 in
  story|key) exec "$REAL_MAKE" --old-file .venv/.installed "$@" ;;
  *) exec "$REAL_MAKE" --old-file .venv/.installed --dry-run "$@" > /dev/null ;;
esac
"""


@dataclass(frozen=True)
class Block:
    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        first = re.sub(r"\W+", "-", self.text.splitlines()[0])[:40]
        return f"{self.page.stem}-{self.language}-{first}"


def blocks() -> list[Block]:
    return [
        Block(page, language, text)
        for page in PAGES
        for language, text in _BLOCK.findall(page.read_text(encoding="utf-8"))
    ]


class Desk:
    """A folder that looks like a checkout after `make up`, whose commands reach a running API.

    `docker` and `kubectl` are written down instead of run. `make` runs what talks to the API; of
    all else (`up`, `test`, …) it only makes sure that there is such a target: they have tests.
    """

    def __init__(self, folder: Path, api_url: str) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        self.api_url = api_url
        self._tools = folder / "tools"
        self._tools.mkdir()
        for entry in Path().iterdir():
            if entry.name not in {"var", ".venv", ".env", "secrets"}:
                (folder / entry.name).symlink_to(entry.resolve())
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "var").mkdir()
        for name, script in {"docker": _STAND_IN, "kubectl": _STAND_IN, "make": _MAKE}.items():
            tool = self._tools / name
            tool.write_text(script, encoding="utf-8")
            tool.chmod(0o755)

    def run(self, block: Block) -> str:
        """What it prints, also as errors. Raises if it fails."""
        text = block.text.replace("http://127.0.0.1:8000", self.api_url)
        script = self.folder / f"block.{block.language}"
        script.write_text(text, encoding="utf-8")
        shell = ["bash", "-euo", "pipefail", str(script)]
        done = subprocess.run(
            [sys.executable, str(script)] if block.language == "python" else shell,
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "PATH": f"{self._tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "REAL_MAKE": shutil.which("make") or "make",
            "CALLS": str(self.calls),
            "API_URL": self.api_url,
            "PYTHONPATH": str(self.folder),
        }
