"""The operator's manual and the guide for contributors name only what is there."""

import os
import re
from pathlib import Path

import pytest

from tests.unit.deploy.manifests import Manifest, named, pod_of, written

PAGES = [Path("infra/README.md"), Path("CONTRIBUTING.md")]
TARGETS = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_paths_and_commands_exist(page: Path) -> None:
    text = page.read_text()
    paths = re.findall(r"\b(?:infra|shared)/[\w./-]*\w", text)
    assert paths
    for path in paths:
        assert Path(path).exists(), path
    named = set(re.findall(r"(?:^|`|&& )make ([a-z]+)", text, re.MULTILINE))
    assert named
    assert named <= TARGETS


def test_every_secret_that_pods_want_is_made_by_the_manual() -> None:
    text = Path("infra/README.md").read_text().replace("\\\n", "")
    made = dict(re.findall(r"^once ([a-z]+) +(--from-file.*)", text, re.MULTILINE))
    assert list(made) == ["api", "ui", "worker", "redis", "postgres"]
    for name in ("api", "ui", "worker"):
        for container in _containers(name):
            for mount in container["volumeMounts"]:
                secret = _secrets(name).get(mount["name"])
                for variable in container["env"] if secret else ():
                    folder, _, file = variable.get("value", "").rpartition("/")
                    if folder == mount["mountPath"]:
                        assert f"--from-file={file}=secrets/" in made[secret]


def _containers(name: str) -> list[Manifest]:
    pod = pod_of(named(written(), "Deployment", name))
    return [*pod["containers"], *pod.get("initContainers", ())]


def _secrets(name: str) -> dict[str, str]:
    """By the volumes that they are mounted as."""
    volumes = pod_of(named(written(), "Deployment", name))["volumes"]
    return {each["name"]: each["secret"]["secretName"] for each in volumes if "secret" in each}


def test_every_script_may_be_run() -> None:
    for script in Path("infra").rglob("*.sh"):
        assert not script.read_text().startswith("#!") or os.access(script, os.X_OK), script
