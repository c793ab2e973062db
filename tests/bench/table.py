"""Findings as Markdown: a table for each metric of a level, and what one has against the others.

Pure: text in, text out.
"""

from collections.abc import Iterable, Sequence

from tests.bench.findings import Findings, Key, Summary, ratios, summary

NOTHING = "–"


def level_tables(findings: Findings, level: str, *, against: str | None = None) -> str:
    """Everything that was measured at a level; ratios of `against` to the others where it leads."""
    parts = [f"## {level}"]
    for metric in metrics(findings, level):
        parts.append(metric_table(findings, level, metric))
        if against is not None and metric.endswith("tokens/s"):
            parts.append(ratio_table(findings, level, metric, against))
    parts += [f"- {who}: {why}" for (at, who), why in findings.absent.items() if at == level]
    return "\n\n".join(part for part in parts if part)


def metric_table(findings: Findings, level: str, metric: str) -> str:
    """Contestants down, cases across; median (spread) of the repeats."""
    cases = _distinct(key.case for key in findings.values if _is(key, level, metric))
    rows = [
        [who, *(cell(findings.of(level, who, case, metric)) for case in cases)]
        for who in _distinct(key.who for key in findings.values if _is(key, level, metric))
    ]
    return markdown([metric, *cases], rows)


def ratio_table(findings: Findings, level: str, metric: str, against: str) -> str:
    """How many times as much `against` has as each other one, repeat by repeat."""
    cases = _distinct(key.case for key in findings.values if _is(key, level, metric))
    others = _distinct(key.who for key in findings.values if _is(key, level, metric))
    rows = []
    for who in others:
        if who == against:
            continue
        found = [
            ratios(findings.of(level, against, case, metric), findings.of(level, who, case, metric))
            for case in cases
        ]
        if any(found):
            rows.append([who, *(cell(each, unit="×") for each in found)])
    return markdown([f"{metric}: {against} ÷", *cases], rows) if rows else ""


def metrics(findings: Findings, level: str) -> list[str]:
    return _distinct(key.metric for key in findings.values if key.level == level)


def levels(findings: Findings) -> list[str]:
    """In the order in which they were measured."""
    measured = (key.level for key in findings.values)
    return _distinct([*measured, *(level for level, _ in findings.absent)])


def cell(values: Sequence[float], *, unit: str = "") -> str:
    if not values:
        return NOTHING
    found: Summary = summary(values)
    median = f"{number(found.median)}{unit}"
    if len(values) == 1:
        return median
    return f"{median} ({number(found.low)}–{number(found.high)})"


def number(value: float) -> str:
    """Three digits that count, and thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is(key: Key, level: str, metric: str) -> bool:
    return key.level == level and key.metric == metric


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
