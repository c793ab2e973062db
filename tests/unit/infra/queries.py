"""Reads PromQL: which series a query wants, and which labels its answer has."""

from collections.abc import Iterator, Mapping

import promql_parser as promql
from prometheus_client import CollectorRegistry, Metric

Labels = frozenset[str]
Series = Mapping[str, Labels]
TARGET: Labels = frozenset({"job", "instance"})
"""What Prometheus itself adds to every series."""
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
_SELECTIONS = ("topk", "bottomk")
"""Aggregations that keep the labels of what they choose."""


def exported(registry: CollectorRegistry) -> dict[str, Labels]:
    """Every series that this registry can export, with its labels."""
    series: dict[str, Labels] = {}
    for collector in registry._collector_to_names:
        labels = frozenset(getattr(collector, "_labelnames", ())) | TARGET
        for family in collector.collect():
            series |= {name: labels | _bound(name) for name in _names(family)}
    return series


def selectors(query: promql.Expr) -> Iterator[tuple[promql.VectorSelector, bool]]:
    """Every series that a query reads, and whether it reads a range of it."""
    found: list[tuple[promql.VectorSelector, bool]] = []
    before: list[promql.Expr] = [query]

    def visit(part: promql.Expr) -> None:
        if isinstance(part, promql.VectorSelector):
            found.append((part, isinstance(before[-1], promql.MatrixSelector)))
        before.append(part)

    promql.walk(query, visit)
    yield from found


def labels_of(query: promql.Expr, series: Series) -> Labels:
    """What tells the lines of the answer apart. Raises LookupError for what is not exported."""
    match query:
        case promql.ParenExpr():
            return labels_of(query.expr, series)
        case promql.BinaryExpr():
            return labels_of(query.lhs, series)
        case promql.VectorSelector():
            return series[query.name or ""]
        case promql.MatrixSelector():
            return labels_of(query.vector_selector, series)
        case promql.AggregateExpr():
            return _aggregated(query, labels_of(query.expr, series))
        case promql.Call():
            labels = labels_of(query.args[-1], series)
            return labels - {"le"} if query.func.name == "histogram_quantile" else labels
    raise TypeError(f"not expected in a query here: {query}")


def _aggregated(query: promql.AggregateExpr, inner: Labels) -> Labels:
    if str(query.op) in _SELECTIONS:
        return inner
    wanted = frozenset(query.modifier.labels) if query.modifier else frozenset()
    if wanted - inner:
        raise LookupError(f"{query.prettify()} asks for {sorted(wanted - inner)}")
    return wanted


def _names(family: Metric) -> list[str]:
    return [family.name + suffix for suffix in _SUFFIXES[family.type]]


def _bound(name: str) -> Labels:
    return frozenset({"le"}) if name.endswith("_bucket") else frozenset()
