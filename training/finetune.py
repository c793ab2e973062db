"""Trains a model by a recipe: `python -m training.finetune --config FILE --data DIR --run DIR`.

Killed at any moment and started again with the same command, it goes on from the last state file.
Knows nothing of books or tales; see `training.export` for what becomes of the result.
"""

import argparse
import csv
import math
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch.nn import functional
from transformers import GPT2LMHeadModel

from training.dataset import Dataset
from training.recipe import Recipe
from training.rows import IGNORED, Batch, Rows
from training.tokenizer import load_tokenizer

STATE = "state.pt"
WATCHED = ("held-out", "own-test")
VALIDATION_EXAMPLES = 24


@dataclass(slots=True)
class Progress:
    step: int = 0
    tokens: int = 0
    elapsed: float = 0.0
    """Seconds spent training, over all starts."""
    cursors: dict[str, int] = field(default_factory=dict)


def train(recipe: Recipe, data: Path, tokenizer_dir: Path, run: Path) -> GPT2LMHeadModel:
    tokenizer = load_tokenizer(tokenizer_dir)
    torch.manual_seed(recipe.seed)
    model = GPT2LMHeadModel(recipe.model.config(len(tokenizer), tokenizer.eos_token_id))
    optimizers = make_optimizers(model, recipe)
    progress = resume(run, model, optimizers)
    rows = Rows(data, recipe.seed, progress.cursors)
    budget, started = recipe.minutes * 60, time.monotonic() - progress.elapsed
    saved = progress.elapsed

    while progress.elapsed < budget:
        batches = batches_at(progress.elapsed / 60, rows, recipe)
        loss = step(model, optimizers, batches, recipe, recipe.rate_at(progress.elapsed / 60))
        progress.step += 1
        progress.tokens += sum(inputs.numel() for inputs, _ in batches)
        progress.elapsed = time.monotonic() - started
        due = progress.elapsed - saved > recipe.save_every_minutes * 60
        if due or progress.elapsed >= budget:
            save(run, model, optimizers, progress)
            saved = progress.elapsed
            log(run, progress, loss, [story_loss(model, data / f"{name}.npz") for name in WATCHED])
        elif progress.step % 10 == 0:
            log(run, progress, loss, [])
    return model


def batches_at(minutes: float, rows: Rows, recipe: Recipe) -> list[Batch]:
    if minutes < recipe.budget_minutes:
        return rows.packed(recipe.phase_at(minutes / recipe.budget_minutes), recipe.tokens_per_step)
    return rows.apart(recipe.last_lesson, recipe.tokens_per_step)


def make_optimizers(model: GPT2LMHeadModel, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for embeddings, norms and biases."""
    hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and ".h." in name]
    chosen = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(hidden, lr=recipe.muon_lr, momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(rest, lr=recipe.adam_lr, betas=(0.9, 0.95), weight_decay=0.01),
    ]


def step(
    model: GPT2LMHeadModel,
    optimizers: list[torch.optim.Optimizer],
    batches: list[Batch],
    recipe: Recipe,
    rate: float,
) -> float:
    """One optimiser step; returns the mean loss of story tokens."""
    model.train()
    learned = sum(int((targets != IGNORED).sum()) for _, targets in batches)
    total = 0.0
    for inputs, targets in batches:
        loss = loss_of(model, inputs, targets) / learned
        torch.autograd.backward(loss)
        total += loss.item()
    if math.isnan(total):
        raise FloatingPointError("the loss is not a number; the last state file is still sound")
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer, full_rate in zip(optimizers, (recipe.muon_lr, recipe.adam_lr), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = full_rate * rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return total


def loss_of(model: GPT2LMHeadModel, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum over story tokens, in nats."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(inputs).logits
    return functional.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )


@torch.inference_mode()
def story_loss(model: GPT2LMHeadModel, path: Path) -> float:
    """Mean loss in nats over story tokens of a few examples that are never trained on."""
    data = Dataset.load(path)
    model.train(False)
    total, count = 0.0, 0
    picked = range(0, len(data.starts), max(1, len(data.starts) // VALIDATION_EXAMPLES))
    for index in picked:
        tokens = torch.tensor(data.example(index).astype("int64"))[None]
        targets = tokens[:, 1:].clone()
        targets[:, : int(data.stories[index] - data.starts[index]) - 1] = IGNORED
        total += loss_of(model, tokens[:, :-1], targets).item()
        count += int((targets != IGNORED).sum())
    return total / count


def save(
    run: Path, model: GPT2LMHeadModel, optimizers: list[torch.optim.Optimizer], progress: Progress
) -> None:
    """Write beside and rename: a kill leaves the old state or the new one, never half of one."""
    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "progress": asdict(progress),
    }
    run.mkdir(parents=True, exist_ok=True)
    torch.save(state, run / "state.tmp")
    (run / "state.tmp").replace(run / STATE)


def resume(run: Path, model: GPT2LMHeadModel, optimizers: list[torch.optim.Optimizer]) -> Progress:
    if not (run / STATE).exists():
        return Progress()
    state = torch.load(run / STATE, weights_only=True)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return Progress(**state["progress"])


def log(run: Path, progress: Progress, loss: float, watched: list[float]) -> None:
    run.mkdir(parents=True, exist_ok=True)
    path = run / "log.csv"
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        if is_new:
            writer.writerow(["step", "seconds", "tokens", "loss", *WATCHED])
        row = [progress.step, f"{progress.elapsed:.0f}", progress.tokens, f"{loss:.4f}"]
        writer.writerow([*row, *(f"{value:.4f}" for value in watched)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/configs/fairytale-mini.toml"))
    parser.add_argument("--data", type=Path, default=Path("var/training/data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("var/training/tokenizer"))
    parser.add_argument("--run", type=Path, default=Path("var/training/fairytale-mini"))
    arguments = parser.parse_args()
    os.nice(15)  # serving and people come first
    recipe = Recipe.load(arguments.config)
    train(recipe, arguments.data, arguments.tokenizer, arguments.run)


if __name__ == "__main__":
    main()
