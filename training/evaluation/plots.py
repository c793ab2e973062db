"""The report's pictures, drawn without a screen."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from shared.evaluation import LABELS
from shared.schemas import Length
from training.evaluation.report import Report

Curve = list[tuple[float, float]]
"""Steps and losses."""
WIDTH = 9.0


def draw(report: Report, out: Path, log: Path | None) -> list[Path]:
    figures = {"adherence": adherence(report), "lengths": lengths(report)}
    if log is not None:
        figures["curve"] = curve(read_curves(log))
    paths = list[Path]()
    for name, figure in figures.items():
        paths.append(out / f"{name}.png")
        figure.savefig(paths[-1], dpi=120, bbox_inches="tight")
    return paths


def adherence(report: Report) -> Figure:
    """A bar with its interval for every measure and condition."""
    figure = Figure(figsize=(WIDTH, 8))
    axes = figure.subplots()
    height = 0.8 / len(report.conditions)
    for place, condition in enumerate(report.conditions):
        rows = [row for row, name in enumerate(LABELS) if name in condition.adherence]
        found = [condition.adherence[name] for name in LABELS if name in condition.adherence]
        spread = [[one.value - one.low for one in found], [one.high - one.value for one in found]]
        axes.barh(
            [row + place * height for row in rows],
            [one.value for one in found],
            height,
            xerr=spread,
            label=condition.name,
            error_kw={"linewidth": 0.8},
        )
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(LABELS))], list(LABELS.values()))
    axes.invert_yaxis()
    axes.set_xlabel("share of stories, with 95 % intervals")
    axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=2, frameon=False)
    return figure


def lengths(report: Report) -> Figure:
    """Tokens of the stories by the length that was asked for."""
    figure = Figure(figsize=(WIDTH, 4))
    axes = figure.subplots()
    stories = report.conditions[0].stories
    told = [[one.tokens for one in stories if one.controls.length is asked] for asked in Length]
    axes.hist(
        told, bins=range(0, 851, 50), stacked=True, label=[f"{name} asked" for name in Length]
    )
    for length in Length:
        axes.axvline(length.token_budget, color="grey", linewidth=0.8, linestyle="--")
    axes.set_xlabel("tokens (dashed: the budgets of the length classes)")
    axes.set_ylabel("stories")
    axes.legend(frameon=False)
    return figure


def curve(curves: Mapping[str, Curve]) -> Figure:
    figure = Figure(figsize=(WIDTH, 4))
    axes = figure.subplots()
    for name, points in curves.items():
        axes.plot([step for step, _ in points], [loss for _, loss in points], label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("loss, nats per token")
    axes.legend(frameon=False)
    return figure


def read_curves(log: Path) -> dict[str, Curve]:
    """From training's CSV file or a `trainer_state.json`; lessons follow each other.

    Raises ValueError where there is no loss in it.
    """
    curves = _of_trainer(log) if log.suffix == ".json" else _of_csv(log)
    if not curves:
        raise ValueError(f"{log} holds no loss")
    return curves


def _of_trainer(log: Path) -> dict[str, Curve]:
    curves = dict[str, Curve]()
    for entry in json.loads(log.read_text(encoding="utf-8"))["log_history"]:
        for key in entry:
            if key == "loss" or (key.startswith("eval_") and key.endswith("loss")):
                curves.setdefault(key, []).append((entry["step"], entry[key]))
    return curves


def _of_csv(log: Path) -> dict[str, Curve]:
    """Columns `lesson`, `step`, `watched`, `loss`; each lesson counts its steps from 0."""
    with log.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    curves = dict[str, Curve]()
    before = _steps_before(rows)
    for row in rows:
        step = before[row["lesson"]] + int(row["step"])
        curves.setdefault(row["watched"], []).append((step, float(row["loss"])))
    return curves


def _steps_before(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Steps of all lessons before each."""
    last = dict[str, int]()
    for row in rows:
        last[row["lesson"]] = max(last.get(row["lesson"], 0), int(row["step"]))
    before, total = dict[str, int](), 0
    for lesson, steps in last.items():
        before[lesson] = total
        total += steps
    return before
