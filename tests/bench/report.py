"""The report of a run: Markdown to read, JSON to compare, pictures to look at."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from tests.bench.engine.entries import OURS as OUR_ENGINE
from tests.bench.engine.level import BUNDLED_LEVEL
from tests.bench.engine.level import LEVEL as ENGINE
from tests.bench.findings import Findings, summary
from tests.bench.plots import plot
from tests.bench.reach import reach_table
from tests.bench.stack.level import LEVEL as STACK
from tests.bench.stack.servers import OURS as OUR_STACK
from tests.bench.table import level_tables, levels, metrics

AGAINST = {ENGINE: OUR_ENGINE, BUNDLED_LEVEL: OUR_ENGINE, STACK: OUR_STACK}
PLOTTED = ("tokens/s", "steady tokens/s", "events/s")
NOTES = """\
Medians of the repeats, with the least and the most in brackets, or the quartiles where there are
eight values or more; a ratio is taken repeat by repeat. Everybody was measured in turn in one run
and warmed up before, with the same prompts of 32 (or 700) tokens, the same lengths and sampling
(k 50, p 0.95, temperature 1). The weights are random, their scores as uneven as language's, and no
story ends by itself.

An engine's tokens/s, and a stack's steady ones, are taken from the first token of the last stream
to the end of the first, where tokens that came together count as written evenly since those before
them; those of a churn over all of it, with twice as many stories of 16 to 96 tokens as there are
streams, where only tokens that were asked for count.

In short turns our stack and its engine alone take turns of about a second, several in a repeat, and
the stack's processes are stopped while the engine writes. A turn of the stack is compared with the
mean of the engine's before and behind it."""


def write_report(findings: Findings, about: Mapping[str, str], folder: Path) -> Path:
    """Everything into the folder; answers where the Markdown is."""
    pictures = _write_plots(findings, folder)
    parts = [
        "# Bench",
        "\n".join(f"- {name}: {value}" for name, value in about.items()),
        NOTES,
        *(level_tables(findings, each, against=AGAINST.get(each)) for each in levels(findings)),
        *(f"![{name}]({name})" for name in pictures),
        "## reach",
        reach_table(findings),
    ]
    path = folder / "report.md"
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    text = json.dumps(as_json(findings, about), indent=2, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    return path


def as_json(findings: Findings, about: Mapping[str, str]) -> dict[str, object]:
    return {
        "machine": dict(about),
        "findings": [
            {**asdict(key), **asdict(summary(values)), "repeats": values}
            for key, values in findings.values.items()
        ],
        "absent": [
            {"level": level, "who": who, "why": why}
            for (level, who), why in findings.absent.items()
        ],
    }


def _write_plots(findings: Findings, folder: Path) -> list[str]:
    for stale in folder.glob("*.png"):
        stale.unlink()
    names = []
    for level in levels(findings):
        for metric in metrics(findings, level):
            if metric in PLOTTED:
                name = f"{level} {metric}".replace(",", "").replace("/", " per ").replace(" ", "-")
                plot(findings, level, metric, folder / f"{name}.png")
                names.append(f"{name}.png")
    return names
