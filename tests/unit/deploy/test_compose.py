"""docker-compose.yml, resolved: what each service is told, guarded by and may do."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from services.api.server import SHUTDOWN_SECONDS
from services.api.settings import ApiSettings, LibrarySettings
from services.ui.settings import UiSettings
from services.worker.app import JOIN_SECONDS
from services.worker.settings import WorkerSettings
from shared.secret_files import SUFFIX
from tests.composition import FILE, GPU, Composition, mounts, resolve
from tests.dockerfiles import read_dockerfile

OWN: dict[str, type[BaseSettings]] = {
    "api": ApiSettings,
    "migrate": ApiSettings,
    "worker": WorkerSettings,
    "ui": UiSettings,
}
OBSERVED = {"METRICS_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT"}
"""Of metrics and traces, which the services offer beside their settings."""
ALL = resolve(profiles=["observability"])
EVERY = pytest.mark.parametrize("name", sorted(ALL.services))


@pytest.mark.parametrize("path", [FILE, GPU])
def test_schema(path: Path) -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run([checker, "--builtin-schema", "vendor.compose-spec", path], check=True)


def test_starts_without_a_word_of_configuration_and_watches_only_when_asked() -> None:
    started = set(resolve().services)
    assert started == {"gateway", "api", "migrate", "worker", "ui", "redis", "postgres"}
    assert set(ALL.services) - started == {
        "prometheus",
        "alertmanager",
        "grafana",
        "otel-collector",
    }


@pytest.mark.parametrize("name", OWN)
def test_every_variable_is_a_setting_that_the_service_reads(name: str) -> None:
    settings = {field.upper() for field in OWN[name].model_fields} | OBSERVED
    image = read_dockerfile(Path(ALL.services[name]["build"]["dockerfile"]))
    plain = {"PATH", "HOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    plain |= {"HF_HOME", "NUMBA_CACHE_DIR"}
    told = {*ALL.services[name]["environment"], *image.environment} - plain
    assert {variable.removesuffix(SUFFIX) for variable in told} <= settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the script has filled."""
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run(["sh", "infra/secrets.sh", str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", OWN)
def test_told_values_are_valid(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: Path
) -> None:
    told = _environment(ALL, name)
    monkeypatch.chdir(tmp_path)
    for key, value in told.items():
        secret = made / ALL.secrets[Path(value).name].name if key.endswith(SUFFIX) else None
        monkeypatch.setenv(key, str(secret or value))
    settings = LibrarySettings() if name == "migrate" else OWN[name]()
    assert getattr(settings, "development", False) is False


def test_the_writing_room_and_the_library_are_given_the_same_key_and_the_api_is_not() -> None:
    (key,) = {ALL.services["ui"]["environment"]["API_KEY_FILE"]}
    assert ALL.services["migrate"]["environment"]["UI_API_KEY_FILE"] == key
    assert Path(key).name not in ALL.services["api"]["secrets"]


def test_who_migrates_is_not_shown_the_way_to_redis() -> None:
    migrate = ALL.services["migrate"]
    assert not {"REDIS_URL", f"REDIS_URL{SUFFIX}"} & set(migrate["environment"])
    assert set(migrate["secrets"]) == {"api_database_url", "ui_api_key"}


def test_every_variable_that_may_be_chosen_stands_in_the_example() -> None:
    asked = resolve([FILE, GPU]).variables
    text = Path(".env.example").read_text()
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE))
    assert asked <= named


@EVERY
def test_no_password_stands_in_it_or_in_its_variables(name: str) -> None:
    service = ALL.services[name]
    for key, value in service.get("environment", {}).items():
        if re.search("PASSWORD|SECRET|REDIS_URL|DATABASE_URL|(TOKEN|API)_KEY", key):
            assert key.endswith(SUFFIX), key
            secret = str(value).removeprefix("/run/secrets/")
            assert secret in service["secrets"]
    assert not re.search(r"://[^@\s/]+:[^@\s/]+@", FILE.read_text())


@EVERY
def test_every_secret_and_every_mounted_file_has_a_source(name: str) -> None:
    service = ALL.services[name]
    assert set(service.get("secrets", ())) <= set(ALL.secrets)
    for source, _ in mounts(service):
        if source.startswith("./"):
            # What watches the service is configured under infra/monitoring.
            assert Path(source).exists() or source.startswith("./infra/monitoring/")
        else:
            assert source in ALL.volumes


def test_secrets_are_the_files_that_the_script_makes(made: Path) -> None:
    named = {path.name for path in ALL.secrets.values()}
    assert named == {path.name for path in made.iterdir()} - {"redis_operator_password"}


@EVERY
def test_runs_with_no_right_that_it_does_not_need(name: str) -> None:
    service = ALL.services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@EVERY
def test_is_reached_on_this_machine_only_unless_somebody_says_otherwise(name: str) -> None:
    for port in ALL.services[name].get("ports", ()):
        assert port.startswith("127.0.0.1:")


def test_who_reaches_whom() -> None:
    networks = {name: set(service["networks"]) for name, service in ALL.services.items()}
    assert networks["worker"] == {"queue"}
    assert networks["ui"] == networks["gateway"] == {"front"}
    assert networks["redis"] == {"queue"}
    assert networks["postgres"] == {"library"}
    assert networks["api"] == {"front", "queue", "library"}
    assert ALL.networks["queue"] == ALL.networks["library"] == {"internal": True}


def test_can_be_scaled() -> None:
    for name in ("api", "worker"):
        assert "container_name" not in ALL.services[name]
        assert "ports" not in ALL.services[name], "two could not share it"


@EVERY
def test_waits_for_services_that_can_tell_that_they_are_ready(name: str) -> None:
    needed = ALL.services[name].get("depends_on", {})
    for other, how in needed.items() if isinstance(needed, dict) else ():
        service = ALL.services[other]
        if how["condition"] == "service_healthy":
            built = service.get("build")
            image = read_dockerfile(Path(built["dockerfile"])) if built else None
            assert "healthcheck" in service or (image and image.health)
        else:
            assert service["restart"] == "no", "it has to end"


def test_time_to_leave_is_longer_than_leaving_takes() -> None:
    leaving = float(ALL.services["api"]["environment"]["API_LEAVE_SECONDS"])
    assert _seconds(ALL.services["api"]) > leaving + SHUTDOWN_SECONDS
    assert _seconds(ALL.services["worker"]) > 3 * JOIN_SECONDS


def test_gpu_overlay_changes_the_image_and_asks_for_a_device() -> None:
    worker = resolve([FILE, GPU]).services["worker"]
    assert worker["build"]["args"]["TORCH"] == "cuda"
    assert worker["image"].endswith("-cuda")
    (device,) = worker["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert worker["read_only"] is True
    assert worker["environment"]["REDIS_URL_FILE"]


def test_chosen_values_reach_the_services() -> None:
    chosen = resolve(env={"SLOTS": "3", "API_PORT": "8100", "BIND": "0.0.0.0", "IMAGE_TAG": "7"})
    assert chosen.services["worker"]["environment"]["SLOTS"] == "3"
    assert chosen.services["gateway"]["ports"] == ["0.0.0.0:8100:8000"]
    assert chosen.services["ui"]["image"] == "once-ui:7"


def _environment(composition: Composition, name: str) -> dict[str, Any]:
    service = composition.services[name]
    image = read_dockerfile(Path(service["build"]["dockerfile"]))
    return {**image.environment, **service["environment"]}


def _seconds(service: dict[str, Any]) -> int:
    return int(service["stop_grace_period"].removesuffix("s"))
