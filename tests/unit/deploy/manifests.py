"""The Kubernetes manifests: as files, and as kustomize builds them where there is a kubectl."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

ROOT = Path("infra/k8s")
OVERLAYS = ("local", "gpu", "production")
Manifest = dict[str, Any]
SCHEMAS = {"ScaledObject": "scaledobject", "PodMonitor": "podmonitor"}
"""Of resources that Kubernetes itself does not know."""


def written() -> list[Manifest]:
    """Every resource that stands in a file of its own, whether or not an overlay changes it."""
    return [
        manifest
        for path in sorted(ROOT.rglob("*.yaml"))
        if path.name != "kustomization.yaml" and "overlays/gpu" not in str(path)
        for manifest in yaml.safe_load_all(path.read_text())
    ]


def built(overlay: str) -> list[Manifest]:
    """What would be applied. Skips the test where nothing can build it."""
    return _build(ROOT / "overlays" / overlay)


@cache
def _build(folder: Path) -> list[Manifest]:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl is installed, so no overlay can be built")
    ended = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return list(yaml.safe_load_all(ended.stdout))


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (m for m in manifests if (m["kind"], m["metadata"]["name"]) == (kind, name))
    return found


def pod_of(manifest: Manifest) -> Manifest:
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


def workloads(manifests: list[Manifest]) -> list[Manifest]:
    return [m for m in manifests if m["kind"] in ("Deployment", "StatefulSet")]


def validate(manifest: Manifest) -> None:
    """Raises if it is not what Kubernetes, KEDA or the Prometheus operator takes."""
    schema = SCHEMAS.get(manifest["kind"])
    if schema:
        text = (Path(__file__).parent / "schemas" / f"{schema}.json").read_text()
        jsonschema.validate(manifest, json.loads(text))
    else:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
