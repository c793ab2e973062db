"""The Kubernetes manifests: valid, and saying what the service needs."""

from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from services.api.server import SHUTDOWN_SECONDS
from services.api.settings import ApiSettings
from services.ui.settings import UiSettings
from services.worker.app import JOIN_SECONDS
from services.worker.settings import WorkerSettings
from shared.secret_files import SUFFIX
from shared.story_files import MAX_FILE_BYTES
from tests.composition import resolve
from tests.unit.deploy.manifests import (
    OVERLAYS,
    ROOT,
    Manifest,
    built,
    named,
    pod_of,
    validate,
    workloads,
    written,
)

WRITTEN = written()
SETTINGS: dict[str, type[BaseSettings]] = {
    "api": ApiSettings,
    "worker": WorkerSettings,
    "ui": UiSettings,
}
OBSERVED = {"METRICS_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT"}
BASE = yaml.safe_load((ROOT / "base/kustomization.yaml").read_text())
COMMON = {line.partition("=")[0] for line in BASE["configMapGenerator"][0]["literals"]}
"""What is told to more than one service."""
EVERY_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)
EVERY_WORKLOAD = pytest.mark.parametrize(
    "workload", workloads(WRITTEN), ids=lambda w: w["metadata"]["name"]
)


@pytest.mark.parametrize("manifest", WRITTEN, ids=lambda m: f"{m['kind']}-{m['metadata']['name']}")
def test_every_file_is_valid(manifest: Manifest) -> None:
    validate(manifest)


@EVERY_OVERLAY
def test_every_overlay_builds_to_valid_manifests(overlay: str) -> None:
    manifests = built(overlay)
    for manifest in manifests:
        validate(manifest)
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"] == "once"


@EVERY_WORKLOAD
def test_runs_with_no_right_that_it_does_not_need(workload: Manifest) -> None:
    pod = pod_of(workload)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    for container in [*pod["containers"], *pod.get("initContainers", ())]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


@EVERY_WORKLOAD
def test_no_variable_of_a_service_passes_for_a_setting(workload: Manifest) -> None:
    """Kubernetes would set API_PORT=tcp://… for the service "api", and the API would not start."""
    assert pod_of(workload)["enableServiceLinks"] is False


@EVERY_WORKLOAD
def test_tells_that_it_started_is_ready_and_lives(workload: Manifest) -> None:
    (container,) = pod_of(workload)["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert {"httpGet", "exec"} & set(container[probe])


def test_worker_counts_as_started_only_once_its_model_is_loaded() -> None:
    (container,) = pod_of(named(WRITTEN, "Deployment", "worker"))["containers"]
    probe = container["startupProbe"]
    assert probe["exec"]["command"] == ["python", "-m", "services.worker.alive"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 300, "a big model loads slowly"


def test_grace_period_is_longer_than_leaving_takes() -> None:
    worker = pod_of(named(WRITTEN, "Deployment", "worker"))
    assert worker["terminationGracePeriodSeconds"] > 3 * JOIN_SECONDS
    api = pod_of(named(WRITTEN, "Deployment", "api"))
    pause = int(api["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert api["terminationGracePeriodSeconds"] > pause + SHUTDOWN_SECONDS


@pytest.mark.parametrize("name", SETTINGS)
def test_every_variable_is_a_setting_that_the_service_reads(name: str) -> None:
    known = {field.upper() for field in SETTINGS[name].model_fields} | OBSERVED
    pod = pod_of(named(WRITTEN, "Deployment", name))
    for container in [*pod["containers"], *pod.get("initContainers", ())]:
        told = {variable["name"].removesuffix(SUFFIX) for variable in container.get("env", ())}
        assert told <= known
        for variable in container.get("env", ()):
            if variable["name"].endswith(SUFFIX):
                assert variable["value"].startswith(("/run/secrets/once/", "/run/secrets/ui/"))


def test_common_settings_are_settings_of_both_who_get_them() -> None:
    known = {field.upper() for kind in (ApiSettings, WorkerSettings) for field in kind.model_fields}
    assert known | OBSERVED >= COMMON


@pytest.mark.parametrize("name", SETTINGS)
def test_common_settings_reach_whoever_reads_them(name: str) -> None:
    (container,) = pod_of(named(WRITTEN, "Deployment", name))["containers"]
    taken = {
        key
        for variable in container["env"]
        for key in [variable.get("valueFrom", {}).get("configMapKeyRef", {}).get("key")]
        if key == variable["name"]
    }
    if {"configMapRef": {"name": "settings"}} in container.get("envFrom", ()):
        taken |= COMMON
    assert taken >= COMMON & {field.upper() for field in SETTINGS[name].model_fields}


def test_who_migrates_is_not_shown_the_way_to_redis() -> None:
    pod = pod_of(named(WRITTEN, "Deployment", "api"))
    (migrate,) = pod["initContainers"]
    assert f"REDIS_URL{SUFFIX}" not in {variable["name"] for variable in migrate["env"]}
    mounted = {mount["name"] for mount in migrate["volumeMounts"]}
    secrets = [v["secret"] for v in pod["volumes"] if v["name"] in mounted and "secret" in v]
    (shown,) = (secret for secret in secrets if secret["secretName"] == "api")
    assert [item["key"] for item in shown["items"]] == ["database_url"]


@EVERY_OVERLAY
def test_no_secret_stands_in_any_manifest(overlay: str) -> None:
    manifests = built(overlay)
    assert not [m for m in manifests if m["kind"] == "Secret"]
    wanted = {
        volume["secret"]["secretName"]
        for workload in workloads(manifests)
        for volume in pod_of(workload)["volumes"]
        if "secret" in volume
    }
    assert wanted == {"api", "worker", "ui", "redis"} | (
        {"postgres"} if overlay == "local" else set()
    )


def reached_by(policy: Manifest, direction: str) -> set[str]:
    side = {"egress": "to", "ingress": "from"}[direction]
    return {
        peer["podSelector"]["matchLabels"]["app"]
        for rule in policy["spec"].get(direction, ())
        for peer in rule.get(side, ())
        if "podSelector" in peer
    }


def test_who_reaches_whom() -> None:
    nobody = named(WRITTEN, "NetworkPolicy", "nobody-reaches-anybody")["spec"]
    assert nobody == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    out = {
        n: reached_by(named(WRITTEN, "NetworkPolicy", n), "egress") for n in ("ui", "api", "worker")
    }
    assert out == {"ui": {"api"}, "api": {"redis", "postgres"}, "worker": {"redis"}}
    into = {
        n: reached_by(named(WRITTEN, "NetworkPolicy", n), "ingress")
        for n in ("api", "redis", "worker")
    }
    assert into == {"api": {"ui"}, "redis": {"api", "worker"}, "worker": set()}


def test_not_all_of_a_kind_leave_at_once() -> None:
    for name in ("api", "worker", "ui"):
        assert named(WRITTEN, "PodDisruptionBudget", name)["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("name", ["api", "ui"])
def test_ingress_passes_tokens_on_as_they_come_and_files_whole(name: str) -> None:
    ingress = named(WRITTEN, "Ingress", name)
    notes = ingress["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    assert int(notes["nginx.ingress.kubernetes.io/proxy-read-timeout"]) >= 600
    size = notes["nginx.ingress.kubernetes.io/proxy-body-size"]
    assert int(size.removesuffix("m")) * 1024**2 > MAX_FILE_BYTES, "a story's file is sent whole"
    assert ingress["spec"]["tls"], "HTTP/2 comes with it"
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert name == "ui" or not {"/", "/metrics"} & set(paths)


def test_room_asks_who_is_there_before_it_opens() -> None:
    notes = named(WRITTEN, "Ingress", "ui")["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/auth-type"] == "basic"
    assert notes["nginx.ingress.kubernetes.io/auth-secret"] == "readers"


def test_page_stays_with_the_process_that_it_lives_in() -> None:
    notes = named(WRITTEN, "Ingress", "ui")["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/affinity"] == "cookie"


def test_redis_is_told_the_same_as_by_compose() -> None:
    (container,) = pod_of(named(WRITTEN, "StatefulSet", "redis"))["containers"]
    composed = resolve().services["redis"]
    (size,) = container["env"]
    here = {
        "/run/secrets/redis_users": "/run/secrets/once/users.acl",
        size["value"]: f"$({size['name']})",
    }
    assert container["command"] == [here.get(word, word) for word in composed["command"]]
    assert container["image"] == composed["image"]


def test_library_in_the_cluster_is_the_postgresql_of_compose() -> None:
    """Whoever looks for new versions looks there."""
    (container,) = pod_of(named(WRITTEN, "StatefulSet", "postgres"))["containers"]
    assert container["image"] == resolve().services["postgres"]["image"]


def image_tags(manifests: list[Manifest]) -> dict[str, Any]:
    return {
        c["image"].partition(":")[0]: c["image"]
        for w in workloads(manifests)
        for c in pod_of(w)["containers"]
    }


def test_images_are_those_that_compose_builds() -> None:
    ours = {name for name in image_tags(WRITTEN) if name.startswith("once-")}
    composed = {
        service["image"].partition(":")[0]
        for service in resolve().services.values()
        if "build" in service
    }
    assert ours == composed
