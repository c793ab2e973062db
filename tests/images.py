"""An image as a folder and a process: its files, its environment, its command, its libraries.

What no container engine is needed for: the last stage's copies are made in a folder, and the
command is run there, with the image's environment alone, by an interpreter that cannot import
what the image's extra does not bring.
"""

import functools
import importlib.metadata
import shutil
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.dockerfiles import Copy, Image, read_dockerfile

SERVICES = ("api", "worker", "ui")
_NOT_IN_IMAGES = {"training", "infra", "tests", "pip"}
_BLOCKER = """\
import importlib.metadata
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in NAMES:
            raise ModuleNotFoundError(f"No module named {name!r} in this image", name=name)

sys.meta_path.insert(0, Missing())
known = importlib.metadata.version

def version(name):
    if name == "once":
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)

importlib.metadata.version = version
"""


@dataclass(frozen=True, slots=True)
class LocalImage:
    """Where the image's files are, and what a process in it is told."""

    service: str
    image: Image
    root: Path

    @property
    def workdir(self) -> Path:
        return self.root / "app"

    def environment(self) -> dict[str, str]:
        """The image's own, and where the interpreter finds what keeps other libraries away. Kernels
        are those that lie beside the copied sources.
        """
        own = {"PYTHONPATH": str(self.root / "blocker"), "NUMBA_CACHE_DIR": ""}
        return {**self.image.environment, **own}


def dockerfile(service: str) -> Path:
    return Path("services") / service / "Dockerfile"


def build(service: str, root: Path) -> LocalImage:
    """Make the image's files under `root`."""
    image = read_dockerfile(dockerfile(service))
    local = LocalImage(service, image, root)
    copy_all(image.own_copies, local.workdir)
    blocker = root / "blocker"
    blocker.mkdir(parents=True)
    lines = f"NAMES = {sorted(absent_modules(service))!r}\n{_BLOCKER}"
    (blocker / "sitecustomize.py").write_text(lines)
    return local


def copy_all(copies: Iterable[Copy], folder: Path) -> None:
    """Do what those of them do that copy from the build's context."""
    for copy in copies:
        if copy.stage is None:
            for source in copy.sources:
                _copy(Path(source), folder / copy.target)


def local_command(command: list[str]) -> list[str]:
    """The same, with this interpreter for the image's."""
    return [sys.executable if word == "python" else word for word in command]


def libraries(extra: str) -> set[str]:
    """The distributions that an image of this extra has: as the project says, and as they say."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    found: set[str] = set()
    for line in [*project["dependencies"], *project["optional-dependencies"][extra]]:
        _collect(Requirement(line), found)
    return found


def absent_modules(extra: str) -> set[str]:
    """Top-level modules that are installed here and would not be in the image."""
    present = libraries(extra)
    absent = {
        module
        for module, owners in _owners().items()
        if not {canonicalize_name(owner) for owner in owners} & {*present, "once"}
    }
    return absent | _NOT_IN_IMAGES


@functools.cache
def _owners() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def _collect(requirement: Requirement, found: set[str]) -> None:
    name = canonicalize_name(requirement.name)
    if name in found and not requirement.extras:
        return
    found.add(name)
    for needed in map(Requirement, _needs(name)):
        environments = [{"extra": extra} for extra in {"", *requirement.extras}]
        if needed.marker is None or any(map(needed.marker.evaluate, environments)):
            _collect(needed, found)


def _needs(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []  # of another variant of torch, say


def _copy(source: Path, target: Path) -> None:
    """Kernels go along as they were compiled here: anew that takes each worker 11 s of a core.

    But not those that another test is just writing down, under a name that will be gone.
    """
    if source.is_dir():
        left_out = shutil.ignore_patterns("*.pyc", "Dockerfile", "*.tmp.*")
        shutil.copytree(source, target, ignore=left_out)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
