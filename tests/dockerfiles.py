"""Reads a Dockerfile as far as tests need it: its last stage, and what it copies from where."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Copy:
    sources: tuple[str, ...]
    target: str
    stage: str | None
    """The stage that it is copied from; None for the build's context."""


@dataclass(slots=True)
class Image:
    """What the last stage makes of it, and every base and every copy of all stages."""

    bases: list[str] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    own_copies: list[Copy] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    user: str = "root"
    workdir: str = "/"

    @property
    def build_copies(self) -> list[Copy]:
        """Of the stages before the last one."""
        return self.copies[: len(self.copies) - len(self.own_copies)]


def read_dockerfile(path: Path) -> Image:
    image = Image()
    for name, value in _instructions(path.read_text()):
        _take(image, name, value)
    return image


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(kept)).splitlines():
        if line.strip():
            name, _, value = line.strip().partition(" ")
            yield name.upper(), value.strip()


def _take(image: Image, name: str, value: str) -> None:
    if name == "FROM":
        image.bases.append(value.split()[0])
        image.own_copies, image.environment, image.user = [], {}, "root"
    elif name == "COPY":
        copy = _copy(value)
        image.copies.append(copy)
        image.own_copies.append(copy)
    elif name == "ARG":
        key, _, default = value.partition("=")
        image.arguments.setdefault(key, default)
    elif name in ("ENV", "LABEL"):
        pairs = dict(word.split("=", 1) for word in shlex.split(value))
        (image.environment if name == "ENV" else image.labels).update(pairs)
    elif name == "CMD":
        image.command = json.loads(value)
    elif name == "HEALTHCHECK":
        image.health = json.loads(value[value.index("CMD") + 3 :])
    elif name in ("USER", "WORKDIR"):
        setattr(image, name.lower(), value)


def _copy(value: str) -> Copy:
    words = value.split()
    stage = next((w.removeprefix("--from=") for w in words if w.startswith("--from=")), None)
    *sources, target = [word for word in words if not word.startswith("--")]
    return Copy(tuple(sources), target, stage)
