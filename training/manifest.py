"""What a step did, written when it is done: a re-run skips it, a broken run does it again.

A manifest lies beside the step's outputs. Paths in it are relative to its own folder, so that the
folder can be moved. Knows nothing of what the steps do.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

Hashes = dict[str, str]


class Manifest(BaseModel):
    """`inputs` and `outputs` map files to their SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: str
    version: int
    settings: dict[str, JsonValue]
    inputs: Hashes
    outputs: Hashes
    counts: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls.model_validate_json(path.read_bytes())


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a step. `version` counts changes of its code that change what it writes."""

    manifest: Path
    name: str
    version: int
    settings: dict[str, JsonValue]
    inputs: Hashes

    @classmethod
    def begin(
        cls,
        manifest: Path,
        *,
        name: str,
        version: int,
        settings: Mapping[str, JsonValue],
        inputs: Iterable[Path],
    ) -> Self:
        """Hash the inputs now: what changes while the step runs must not count as read."""
        return cls(manifest, name, version, dict(settings), hashes(inputs, manifest))

    def earlier(self) -> Manifest | None:
        """What the last run that finished did."""
        try:
            return Manifest.read(self.manifest)
        except (FileNotFoundError, ValidationError):
            return None

    def is_current(self) -> bool:
        """Whether these very inputs and settings gave the outputs that lie there, untouched."""
        done = self.earlier()
        if done is None:
            return False
        wanted = (self.name, self.version, self.settings, self.inputs)
        if (done.step, done.version, done.settings, done.inputs) != wanted:
            return False
        outputs = [self.manifest.parent / name for name in done.outputs]
        return all(map(Path.is_file, outputs)) and hashes(outputs, self.manifest) == done.outputs

    def finish(self, *, outputs: Iterable[Path], counts: Mapping[str, int]) -> Manifest:
        """Write the manifest, whole or not at all; call it when every output is closed."""
        done = Manifest(
            step=self.name,
            version=self.version,
            settings=self.settings,
            inputs=self.inputs,
            outputs=hashes(outputs, self.manifest),
            counts=dict(counts),
        )
        self.manifest.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.manifest, (done.model_dump_json(indent=2) + "\n").encode())
        return done


def replace_file(path: Path, content: bytes) -> None:
    """A reader sees the old content or the new, never a part."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def hashes(paths: Iterable[Path], manifest: Path) -> Hashes:
    """Hash files, and all files below folders, except the manifest itself."""
    files = sorted({file for path in paths for file in files_below(path)} - {manifest})
    folder = manifest.parent.resolve()
    return {
        Path(os.path.relpath(file.resolve(), folder)).as_posix(): sha256(file) for file in files
    }


def files_below(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file())
    else:
        yield path


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
