"""The training curve as a CSV file: one line for every look at the watched data sets."""

import csv
import time
from io import StringIO
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.manifest import replace_file

COLUMNS = ("lesson", "step", "seconds", "watched", "loss")


class CurveFile(TrainerCallback):
    """Appends losses as they are logged: the mean training loss as `train`, the others by name."""

    def __init__(self, path: Path, lesson: str) -> None:
        self.path, self.lesson, self.started = path, lesson, time.monotonic()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """A run that goes on from a checkpoint takes the steps behind it again."""
        if state.is_world_process_zero and self.is_begun():
            with self.path.open(newline="", encoding="utf-8") as lines:
                header, *rows = csv.reader(lines)
            behind = state.global_step
            kept = [row for row in rows if row[0] != self.lesson or int(row[1]) <= behind]
            out = StringIO()
            csv.writer(out).writerows([header, *kept])
            replace_file(self.path, out.getvalue().encode())

    def is_begun(self) -> bool:
        """An empty file is what a kill leaves between making it and writing to it."""
        return self.path.exists() and self.path.stat().st_size > 0

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        if not state.is_world_process_zero:
            return
        for key, value in (logs or {}).items():
            if key == "loss":
                self.append(state.global_step, "train", float(value))
            elif key.startswith("eval_") and key.endswith("_loss"):
                name = key.removeprefix("eval_").removesuffix("_loss")
                self.append(state.global_step, name, float(value))

    def append(self, step: int, watched: str, loss: float) -> None:
        is_new = not self.is_begun()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            if is_new:
                writer.writerow(COLUMNS)
            seconds = f"{time.monotonic() - self.started:.0f}"
            writer.writerow([self.lesson, step, seconds, watched, f"{loss:.4f}"])
