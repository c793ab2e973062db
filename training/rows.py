"""Fills rows with examples, and remembers how far it has read."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from training.dataset import Dataset
from training.recipe import LastLesson, Phase

Batch = tuple[torch.Tensor, torch.Tensor]
"""Inputs and targets, both [rows, tokens]."""
IGNORED = -100
"""Target of the prompt's tokens: the model has to answer prompts, not to write them."""


@dataclass(slots=True)
class Rows:
    """Reads data sets in shuffled order; `cursors` is all of its state."""

    folder: Path
    seed: int
    cursors: dict[str, int] = field(default_factory=dict)
    loaded: dict[str, Dataset] = field(default_factory=dict)

    def packed(self, phase: Phase, tokens: int) -> list[Batch]:
        """Micro-batches of full rows, `tokens` together."""
        micro_steps = max(1, tokens // (phase.micro_batch * phase.context))
        return [self.batch(phase.mix, phase.micro_batch, phase.context) for _ in range(micro_steps)]

    def apart(self, lesson: LastLesson, tokens: int) -> list[Batch]:
        """Micro-batches of one example a row, `tokens` together, likes with likes in length."""
        drawn, filled = list[tuple[np.ndarray, int]](), 0
        while filled < tokens:
            drawn.append(self.next_example(self.pick(lesson.mix, 0)))
            filled += len(drawn[-1][0])
        drawn.sort(key=lambda example: len(example[0]))
        size = lesson.micro_batch
        return [padded(drawn[start : start + size]) for start in range(0, len(drawn), size)]

    def batch(self, mix: dict[str, float], size: int, context: int) -> Batch:
        rows = [self.row(self.pick(mix, context), context + 1) for _ in range(size)]
        tokens = torch.tensor(np.stack([row[0] for row in rows]), dtype=torch.long)
        targets = torch.tensor(np.stack([row[1] for row in rows]), dtype=torch.long)
        return tokens[:, :-1], targets[:, 1:]

    def pick(self, mix: dict[str, float], context: int) -> str:
        """The data set furthest behind its share of this context's rows: needs no generator.

        Context 0 stands for rows as long as their examples.
        """
        drawn = {name: self.cursors.get(f"{name}/{context}", 0) for name in mix}
        name = min(mix, key=lambda name: (drawn[name] + 1) / mix[name])
        self.cursors[f"{name}/{context}"] = drawn[name] + 1
        return name

    def row(self, name: str, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Examples one after another from the row's start; the last is cut off at its end."""
        tokens, targets, filled = list[np.ndarray](), list[np.ndarray](), 0
        while filled < length:
            example, prompt = self.next_example(name)
            tokens.append(example)
            targets.append(np.where(np.arange(len(example)) < prompt, IGNORED, example))
            filled += len(example)
        return np.concatenate(tokens)[:length], np.concatenate(targets)[:length]

    def next_example(self, name: str) -> tuple[np.ndarray, int]:
        if name not in self.loaded:
            self.loaded[name] = Dataset.load(self.folder / f"{name}.npz")
        data, count = self.loaded[name], self.cursors.get(name, 0)
        self.cursors[name] = count + 1
        epoch, place = divmod(count, len(data.starts))
        index = int(np.random.default_rng([self.seed, epoch]).permutation(len(data.starts))[place])
        return data.example(index).astype(np.int64), int(data.stories[index] - data.starts[index])


def padded(examples: list[tuple[np.ndarray, int]]) -> Batch:
    """Each example from position 0; what fills the row up comes after it, where nothing looks."""
    longest = max(len(example) for example, _ in examples)
    tokens = torch.zeros(len(examples), longest, dtype=torch.long)
    targets = torch.full_like(tokens, IGNORED)
    for row, (example, prompt) in enumerate(examples):
        tokens[row, : len(example)] = torch.from_numpy(example)
        targets[row, prompt : len(example)] = torch.from_numpy(example[prompt:])
    return tokens[:, :-1], targets[:, 1:]
