"""Dashboard and alerts ask only for what the code exports, and every alert says what to do."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

from shared.metrics import ApiMetrics, Fate, Metrics, WorkerMetrics
from tests.composition import mounts, resolve
from tests.unit.infra.queries import TARGET, exported, labels_of, selectors

FOLDER = Path("infra/monitoring")
SERIES = {
    "up": TARGET,  # Prometheus' own
    **exported(ApiMetrics().registry),
    **exported(WorkerMetrics().registry),
}
FAILED = {"fate": "failed"}
_LEGEND_LABEL = re.compile(r"{{\s*(?:\$labels\.)?(\w+)\s*}}")


@dataclass(frozen=True)
class Asked:
    """A query, and the text that shows its answer."""

    where: str
    expr: str
    text: str

    def parsed(self) -> promql.Expr:
        parsed: promql.Expr = promql.parse(self.expr.replace("$__rate_interval", "5m"))
        return parsed


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "grafana/dashboards/once.json").read_text())[
        "panels"
    ]
    return found


def asked() -> Iterator[Asked]:
    for alert in alerts():
        yield Asked(alert["alert"], alert["expr"], alert["annotations"]["summary"])
    for panel in panels():
        for target in panel.get("targets", []):
            yield Asked(panel["title"], target["expr"], target["legendFormat"])


QUERIES = [pytest.param(query, id=f"{query.where}: {query.text}") for query in asked()]


@pytest.mark.parametrize("query", QUERIES)
def test_query_reads_series_and_labels_that_the_code_exports(query: Asked) -> None:
    for selector, _ in selectors(query.parsed()):
        assert selector.name in SERIES, f"nothing exports {selector.name}"
        named = {matcher.name for matcher in selector.matchers.matchers}
        assert named <= SERIES[selector.name], selector.prettify()


@pytest.mark.parametrize("query", QUERIES)
def test_counters_are_read_as_rates_and_gauges_as_they_are(query: Asked) -> None:
    for selector, is_range in selectors(query.parsed()):
        counts = str(selector.name).endswith(("_total", "_bucket", "_sum", "_count"))
        assert counts == is_range, selector.prettify()


@pytest.mark.parametrize("query", QUERIES)
def test_text_names_only_labels_that_the_answer_has(query: Asked) -> None:
    assert set(_LEGEND_LABEL.findall(query.text)) <= labels_of(query.parsed(), SERIES)


@pytest.mark.parametrize("query", QUERIES)
def test_fates_are_fates(query: Asked) -> None:
    for selector, _ in selectors(query.parsed()):
        for matcher in selector.matchers.matchers:
            if matcher.name == "fate":
                assert set(matcher.value.split("|")) <= set(Fate)


@pytest.mark.parametrize(
    ("metrics", "name", "labels"),
    [
        (ApiMetrics(), "once_requests_refused_total", {"code": "internal"}),
        (WorkerMetrics(), "once_attempts_ended_total", FAILED | {"reason": "generation_failed"}),
        (WorkerMetrics(), "once_attempts_ended_total", FAILED | {"reason": "context_exceeded"}),
    ],
)
def test_what_alerts_tell_of_is_counted_from_zero(
    metrics: Metrics, name: str, labels: dict[str, str]
) -> None:
    """Prometheus cannot see a series' first step."""
    assert metrics.registry.get_sample_value(name, labels) == 0
    read = {
        str(selector.name)
        for rule in alerts()
        for selector, _ in selectors(promql.parse(rule["expr"]))
    }
    assert name in read


def test_every_metric_has_the_one_prefix() -> None:
    assert {name for name in SERIES if not name.startswith("once_")} == {"up"}


@pytest.mark.parametrize("expr", ["sum(once_tokens)", "sum by (model) (once_open_streams)"])
def test_wrong_query_is_seen(expr: str) -> None:
    query = promql.parse(expr)
    with pytest.raises(LookupError):
        labels_of(query, SERIES)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_alert_has_a_severity_and_a_runbook(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"warning", "critical"}
    path, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert anchor == alert["alert"].lower()
    assert anchor in anchors(Path(path))


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_alert_has_the_form_that_prometheus_takes(alert: dict[str, Any]) -> None:
    assert alert.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    promql.parse_duration(alert.get("for", "1s"))
    used = re.findall(r"{{\s*\$value\s*\|\s*(\w+)\s*}}", alert["annotations"]["summary"])
    assert set(used) <= {"humanize", "humanizeDuration", "humanizePercentage"}


def test_runbook_tells_of_no_alert_that_is_not_there() -> None:
    told = {title for title in headings(FOLDER / "README.md") if title.startswith("Once")}
    assert told == {alert["alert"] for alert in alerts()}


def test_what_the_issue_asks_to_be_alerted_of_is() -> None:
    names = {str(selector.name) for query in asked() for selector, _ in selectors(query.parsed())}
    wanted = {"once_queue_oldest_age_seconds", "once_time_to_first_token_seconds_bucket"}
    wanted |= {"once_lease_expiries_total", "once_dead_letters_total", "once_outstanding_tokens"}
    assert wanted <= names


def test_dashboard_is_one_screen_without_overlaps() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        grid = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert max(x for x, _ in taken) < 24
    assert max(y for _, y in taken) < 30


def test_dashboard_asks_the_provisioned_source() -> None:
    source = FOLDER / "grafana/provisioning/datasources/prometheus.yml"
    uids = {each["uid"] for each in yaml.safe_load(source.read_text())["datasources"]}
    used = {panel["datasource"]["uid"] for panel in panels() if "datasource" in panel}
    assert used == uids


def test_prometheus_reads_the_alerts_and_finds_every_service() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert all((FOLDER / name).exists() for name in config["rule_files"])
    assert [job["job_name"] for job in config["scrape_configs"]] == ["api", "worker"]


def headings(page: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """As they are made of headings: lower case, no punctuation, dashes for spaces."""
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings(page)}


def test_alerts_are_sent_to_the_alertmanager_of_the_composition() -> None:
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["alerting"]["alertmanagers"]
    [target] = told[0]["static_configs"][0]["targets"]
    described = resolve(profiles=["observability"]).services[target.partition(":")[0]]
    assert any(source == "./infra/monitoring/alertmanager.yml" for source, _ in mounts(described))
    sending = yaml.safe_load((FOLDER / "alertmanager.yml").read_text())
    assert sending["route"]["receiver"] in {each["name"] for each in sending["receivers"]}
    named = {alert["alert"] for alert in alerts()}
    for rule in sending["inhibit_rules"]:
        assert set(re.findall(r"Once\w+", str(rule))) <= named


def test_adapter_offers_what_the_api_is_scaled_by() -> None:
    [rule] = yaml.safe_load((FOLDER / "adapter.yml").read_text())["rules"]["custom"]
    name = rule["seriesQuery"].partition("{")[0]
    scaler = yaml.safe_load(Path("infra/k8s/components/autoscaling/api.yaml").read_text())
    assert name in SERIES
    assert name in {
        metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"] if "pods" in metric
    }
