"""Findings as pictures, for those who would rather see than read."""

from pathlib import Path

from matplotlib import colormaps
from matplotlib.figure import Figure

from tests.bench.findings import Findings, summary

_WIDTH, _HEIGHT = 11, 5
_COLOURS = colormaps["tab20"]
"""More than any level has contestants: two of one colour are one."""


def plot(findings: Findings, level: str, metric: str, path: Path) -> None:
    """Bars of the medians, with lines over their spread."""
    keys = [key for key in findings.values if key.level == level and key.metric == metric]
    cases = list(dict.fromkeys(key.case for key in keys))
    everybody = list(dict.fromkeys(key.who for key in keys))
    figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(everybody)
    for number, who in enumerate(everybody):
        found = {
            place + (number + 0.5) * width - 0.4: summary(findings.of(level, who, case, metric))
            for place, case in enumerate(cases)
            if findings.of(level, who, case, metric)
        }
        heights = [each.median for each in found.values()]
        lows, highs = [each.low for each in found.values()], [each.high for each in found.values()]
        axes.bar(list(found), heights, width, label=who, color=_COLOURS(number))
        axes.vlines(list(found), lows, highs, color="black", linewidth=1)
    axes.set_xticks(range(len(cases)), cases, rotation=30, ha="right")
    axes.set_ylabel(metric)
    axes.set_title(level)
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=120)
