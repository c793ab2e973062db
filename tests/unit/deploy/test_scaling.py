"""How the service grows and shrinks on Kubernetes, and how workers come to GPUs."""

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from shared.errors import ErrorCode
from tests.unit.deploy.manifests import Manifest, built, named, pod_of, validate, written

WRITTEN = written()
ALERTS = Path("infra/monitoring/alerts.yml")


def test_schema_of_our_own_refuses_what_keda_does_not_know() -> None:
    scaled = json.loads(json.dumps(named(WRITTEN, "ScaledObject", "worker")))
    scaled["spec"]["minReplicas"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validate(scaled)


def test_scale_to_zero_changes_the_scaling_and_stays_valid(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl is installed, so no component can be built")
    shutil.copytree("infra", tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    overlay = tmp_path / "infra/k8s/overlays/production/kustomization.yaml"
    text = overlay.read_text().replace(
        "  - ../../components/monitoring\n",
        "  - ../../components/monitoring\n  - ../../components/scale-to-zero\n",
    )
    overlay.write_text(text)
    output = subprocess.run(
        ["kubectl", "kustomize", overlay.parent], capture_output=True, text=True, check=True
    ).stdout
    scaled = named(list(yaml.safe_load_all(output)), "ScaledObject", "worker")
    validate(scaled)
    assert scaled["spec"]["minReplicaCount"] == 0
    waking = scaled["spec"]["triggers"][-1]["metadata"]
    assert f'code="{ErrorCode.MODEL_UNAVAILABLE}"' in waking["query"]


def test_workers_are_scaled_by_outstanding_tokens_and_never_by_a_list() -> None:
    spec = named(WRITTEN, "ScaledObject", "worker")["spec"]
    (trigger,) = spec["triggers"]
    assert trigger["type"] == "prometheus"
    assert "once_outstanding_tokens" in trigger["metadata"]["query"]
    assert spec["minReplicaCount"] >= 1
    assert "replicas" not in named(WRITTEN, "Deployment", "worker")["spec"], "KEDA's alone to say"


def test_apis_are_scaled_by_their_open_streams() -> None:
    scaler = named(WRITTEN, "HorizontalPodAutoscaler", "api")["spec"]
    names = [m["pods"]["metric"]["name"] for m in scaler["metrics"] if m["type"] == "Pods"]
    assert names == ["once_open_streams"]
    assert "replicas" not in named(WRITTEN, "Deployment", "api")["spec"]


def test_gpu_overlay_asks_for_one_gpu_and_a_cuda_image() -> None:
    pod = pod_of(named(built("gpu"), "Deployment", "worker"))
    (container,) = pod["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert container["image"].endswith("-cuda")
    assert any(toleration["key"] == "nvidia.com/gpu" for toleration in pod["tolerations"])


def test_alerts_become_rules_of_the_operator(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.yml"
    alerts.write_text("groups:\n  - name: once\n    rules: [{alert: Old, expr: vector(1)}]\n")
    rule = _rule(alerts)
    assert rule["kind"] == "PrometheusRule"
    assert rule["spec"] == yaml.safe_load(alerts.read_text())


def test_rules_of_a_cluster_do_not_mind_the_jobs_of_other_namespaces() -> None:
    rule = _rule(ALERTS)
    namespace = rule["metadata"]["namespace"]
    (found,) = (r for g in rule["spec"]["groups"] for r in g["rules"] if "up{" in r["expr"])
    assert found["expr"] == f'absent(up{{job="api",namespace="{namespace}"}} == 1)'


def _rule(alerts: Path) -> Manifest:
    command = ["sh", "infra/k8s/alerts.sh", str(alerts)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rule: Manifest = yaml.safe_load(output)
    return rule
