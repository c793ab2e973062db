"""The Lua transitions, each read once from its own file.

Lua in Redis can load nothing, so what several share is put in where a line says `--: part`.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.joblog.command import Command, T, Word

_FOLDER = Path(__file__).parent / "lua"
_PART = re.compile(r"^ *--: (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha1: str
    """The name under which Redis caches the script."""


@cache
def script(name: str) -> Script:
    source = _PART.sub(lambda part: _text(f"parts/{part[1]}"), _text(name))
    return Script(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


@cache
def all_sources() -> tuple[str, ...]:
    return tuple(script(path.stem).source for path in sorted(_FOLDER.glob("*.lua")))


def transition(
    name: str, key_names: Sequence[str], args: Sequence[Word], parse: Callable[[Any], T]
) -> Command[T]:
    """The command that runs a script."""
    return Command(("EVALSHA", script(name).sha1, len(key_names), *key_names, *args), parse)
