"""docker-compose.yml as processes of this machine: the same commands, environments and files.

A process stands for a container, so what a container has to itself is translated, and nothing
else: service names become loopback addresses, each process's port a free one, and paths of
mounts, secrets and /tmp folders of the test.
"""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.composition import Composition, mounts
from tests.images import LocalImage, build, local_command
from tests.processes import free_port, process, wait_until

_PORTS = ("API_PORT", "UI_PORT", "METRICS_PORT")


@dataclass(frozen=True, slots=True)
class Container:
    """One running process of a service."""

    name: str
    port: int
    env: dict[str, str]
    folder: Path
    child: subprocess.Popen[bytes]
    image: LocalImage

    def wait_until_healthy(self, seconds: float) -> None:
        """By its own health check, which is not asked before there is a sign of life."""
        wait_until(self._shows_life, seconds=seconds, what=self.name)
        wait_until(self._is_healthy, seconds=seconds, what=f"{self.name}'s health check")

    def _shows_life(self) -> bool:
        assert self.child.poll() is None, self.log()
        if "ALIVE_PATH" in self.env:
            return Path(self.env["ALIVE_PATH"]).exists()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _is_healthy(self) -> bool:
        command = local_command(self.image.image.health)
        ended = subprocess.run(
            command, cwd=self.image.workdir, env=self.env, capture_output=True, check=False
        )
        return ended.returncode == 0

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


@dataclass
class Host:
    """A machine that runs services of one composition."""

    composition: Composition
    folder: Path
    addresses: dict[str, str] = field(default_factory=dict)
    """Of services that run: "redis:6379" and where it really is."""
    exits: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _images: dict[str, LocalImage] = field(default_factory=dict)
    _started: int = 0

    def start(self, service: str, *, port: int | None = None) -> Container:
        """One more process of the service; whoever starts it waits until it is of use."""
        self._started += 1
        name = f"{service}-{self._started}"
        folder = self.folder / name
        folder.mkdir()
        image = self._image(self.composition.services[service]["build"]["dockerfile"])
        port = port or free_port()
        env = self._environment(service, image, folder, port)
        command = self.composition.services[service].get("command", image.image.command)
        child = self.exits.enter_context(
            process(local_command(command), folder / "log", env, folder=image.workdir)
        )
        return Container(name, port, env, folder, child, image)

    def translated(self, text: str, folder: Path) -> str:
        """Names and paths of a container, as they are on this machine."""
        for inside, here in self.addresses.items():
            text = text.replace(inside, here)
        for secret, path in self.composition.secrets.items():
            if text == f"/run/secrets/{secret}":
                copy = folder / secret
                copy.write_text(self.translated(path.read_text(), folder))
                return str(copy)
        return str(folder / text[5:]) if text.startswith("/tmp/") else text

    def command_of(self, service: str, folder: Path) -> list[str]:
        """The command of a service whose image is not ours, with the files that it mounts."""
        described = self.composition.services[service]
        paths = {target: source for source, target in mounts(described)}
        words = []
        for word in described["command"]:
            source = paths.get(word, "")
            if source.startswith("./"):
                words.append(str(Path(source).resolve()))
            else:
                words.append(str(folder) if source else self.translated(word, folder))
        return words

    def _environment(
        self, service: str, image: LocalImage, folder: Path, port: int
    ) -> dict[str, str]:
        told = {**image.environment(), **self.composition.services[service]["environment"]}
        env = {key: self.translated(str(value), folder) for key, value in told.items()}
        return {**env, "HOME": str(folder), **dict.fromkeys(_PORTS, str(port))}

    def _image(self, dockerfile: str) -> LocalImage:
        if dockerfile not in self._images:
            service = Path(dockerfile).parent.name
            self._images[dockerfile] = build(service, self.folder / f"image-{service}")
        return self._images[dockerfile]


@contextlib.contextmanager
def host(composition: Composition, folder: Path) -> Iterator[Host]:
    with contextlib.ExitStack() as exits:
        yield Host(composition, folder, exits=exits)
