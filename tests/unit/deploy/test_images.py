"""The images, without a container engine: what they hold, and that their commands serve."""

import contextlib
import fnmatch
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.version import VERSION
from tests.composition import mounts, resolve
from tests.dockerfiles import Image, read_dockerfile
from tests.images import (
    SERVICES,
    LocalImage,
    build,
    copy_all,
    dockerfile,
    libraries,
    local_command,
)
from tests.processes import free_port, process, wait_until
from tests.unit.deploy.manifests import named, pod_of, written

FORBIDDEN = {
    "api": {"torch", "transformers", "safetensors", "streamlit"},
    "worker": {"fastapi", "uvicorn", "streamlit", "sqlalchemy", "transformers", "psycopg"},
    "ui": {"celery", "kombu", "redis", "torch", "fastapi", "sqlalchemy"},
}
EVERY = pytest.mark.parametrize("service", SERVICES)
SIGTERM_BIT = 1 << 14
_DESCRIBE = """\
import sys
sys.path.append(sys.argv[1])
from setuptools.build_meta import prepare_metadata_for_build_wheel
prepare_metadata_for_build_wheel(".")
"""


@pytest.fixture
def image(service: str) -> Image:
    return read_dockerfile(dockerfile(service))


@EVERY
def test_linter_finds_nothing(service: str) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    subprocess.run([hadolint, dockerfile(service)], check=True)


@EVERY
def test_base_is_pinned_by_digest_and_can_be_given(image: Image) -> None:
    assert set(image.bases) == {"${PYTHON_IMAGE}"}
    assert "@sha256:" in image.arguments["PYTHON_IMAGE"]


@EVERY
def test_every_file_it_copies_is_in_the_context(image: Image) -> None:
    lines = Path(".dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in lines if line.startswith("!")]
    for copy in image.copies:
        for source in () if copy.stage else copy.sources:
            assert Path(source).exists()
            assert any(source == root or source.startswith(f"{root}/") for root in allowed), source


def test_context_holds_no_secret_and_no_environment() -> None:
    lines = Path(".dockerignore").read_text().splitlines()
    assert lines[1] == "*", "first everything is left out"
    allowed = [line[1:] for line in lines if line.startswith("!")]
    for private in (".env", "secrets/api_redis_url", "var/once.db", ".git/config"):
        assert not any(fnmatch.fnmatch(private, f"{root}*") for root in allowed)


@EVERY
def test_build_stage_has_all_that_pip_asks_the_project_for(image: Image, tmp_path: Path) -> None:
    """Without the code, which is copied later, and which only an editable install finds here."""
    copy_all(image.build_copies, tmp_path)
    site_packages = sysconfig.get_path("purelib")
    command = [sys.executable, "-I", "-S", "-c", _DESCRIBE, site_packages]
    subprocess.run(command, cwd=tmp_path, check=True)
    (metadata,) = tmp_path.glob("*.dist-info/METADATA")
    assert f"\nVersion: {VERSION}\n" in metadata.read_text()


@EVERY
def test_holds_the_code_of_no_other_service(service: str, image: Image) -> None:
    copied = {source for copy in image.own_copies if not copy.stage for source in copy.sources}
    assert copied == {"shared", "services/__init__.py", f"services/{service}"}


@EVERY
def test_holds_no_library_that_it_must_not(service: str) -> None:
    assert not libraries(service) & FORBIDDEN[service]


@EVERY
def test_runs_as_nobody_and_hears_signals(image: Image) -> None:
    user, group = image.user.split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert image.command[:2] == ["python", "-m"], "the exec form: no shell keeps the signal"


def test_a_worker_has_as_long_to_start_as_in_kubernetes() -> None:
    """It may compile its kernels first, several at once; a healthy check ends the period."""
    (period,) = re.findall(r"--start-period=(\d+)s", dockerfile("worker").read_text())
    (container,) = pod_of(named(written(), "Deployment", "worker"))["containers"]
    probe = container["startupProbe"]
    assert int(period) == probe["periodSeconds"] * probe["failureThreshold"]


def test_a_worker_keeps_its_kernels_where_it_may_write() -> None:
    folder = read_dockerfile(dockerfile("worker")).environment["NUMBA_CACHE_DIR"]
    assert folder in {target for _, target in mounts(resolve().services["worker"])}
    (container,) = pod_of(named(written(), "Deployment", "worker"))["containers"]
    assert folder in {mount["mountPath"] for mount in container["volumeMounts"]}


@EVERY
def test_says_what_it_is(image: Image) -> None:
    named = {name.rpartition(".")[2] for name in image.labels}
    assert named == {"title", "description", "version", "revision"}


@pytest.fixture
def local(service: str, tmp_path: Path) -> LocalImage:
    return build(service, tmp_path)


@EVERY
def test_its_command_serves_with_its_environment_and_libraries_alone(
    local: LocalImage, redis_url: str
) -> None:
    """And what it calls health is health, and SIGTERM, which kills no process 1, ends it."""
    with _running(local, redis_url) as (child, env):
        # Each look starts an interpreter, which takes its share of the machine from the service.
        wait_until(
            lambda: _is_healthy(local, env), seconds=60, what="its own health check", every=1.0
        )
        assert child.poll() is None
        if sys.platform == "linux":
            caught = Path(f"/proc/{child.pid}/status").read_text().split("SigCgt:\t")[1].split()[0]
            assert int(caught, 16) & SIGTERM_BIT, "process 1 hears only signals that it asked for"
        child.terminate()
        assert child.wait(20) in (0, -15)


@EVERY
def test_local_image_cannot_import_what_the_real_one_lacks(service: str, local: LocalImage) -> None:
    absent = sorted(FORBIDDEN[service])[0]
    command = local_command(["python", "-c", f"import {absent}"])
    ended = subprocess.run(command, env=local.environment(), capture_output=True, check=False)
    assert b"in this image" in ended.stderr


@EVERY
def test_health_check_fails_where_nothing_runs(local: LocalImage) -> None:
    ports = {"API_PORT": str(free_port()), "UI_PORT": str(free_port())}
    assert not _is_healthy(local, {**local.environment(), **ports, "ALIVE_PATH": "/nowhere/alive"})


def _is_healthy(local: LocalImage, env: dict[str, str]) -> bool:
    command = local_command(local.image.health)
    ended = subprocess.run(command, cwd=local.workdir, env=env, capture_output=True, check=False)
    return ended.returncode == 0


@contextlib.contextmanager
def _running(
    local: LocalImage, redis_url: str
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """The image's command in its folder, on ports of its own, as if it were in a container."""
    home = local.root / "tmp"
    home.mkdir()
    env = {
        **local.environment(),
        "HOME": str(home),
        "API_PORT": str(free_port()),
        "UI_PORT": str(free_port()),
        "ALIVE_PATH": str(home / "alive"),
        "REDIS_URL": redis_url,
        "STREAM_TOKEN_KEY": "a key of thirty-two letters, or more",
        "DATABASE_URL": f"sqlite:///{home}/once.db",
    }
    command = local_command(local.image.command)
    with process(command, local.root / "log", env, folder=local.workdir) as child:
        yield child, env
