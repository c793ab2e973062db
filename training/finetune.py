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
from training.recipe import Phase, Recipe, rate_at
from training.rows import IGNORED, Rows
from training.tokenizer import load_tokenizer

STATE = "state.pt"
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
    held_out = Dataset.load(data / "held-out.npz")
    budget, started = recipe.budget_minutes * 60, time.monotonic() - progress.elapsed
    saved = progress.elapsed

    while progress.elapsed < budget:
        done = progress.elapsed / budget
        phase = recipe.phase_at(done)
        loss = step(model, optimizers, rows, phase, recipe, rate_at(done))
        progress.step += 1
        progress.tokens += recipe.tokens_per_step
        progress.elapsed = time.monotonic() - started
        due = progress.elapsed - saved > recipe.save_every_minutes * 60
        if due or progress.elapsed >= budget:
            save(run, model, optimizers, progress)
            saved = progress.elapsed
            validation = story_loss(model, held_out, phase.context)
            log(run, progress, phase.context, loss, validation)
        elif progress.step % 10 == 0:
            log(run, progress, phase.context, loss, None)
    return model


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
    rows: Rows,
    phase: Phase,
    recipe: Recipe,
    rate: float,
) -> float:
    """One optimiser step over `tokens_per_step` tokens; returns the mean loss of story tokens."""
    model.train()
    micro_steps = max(1, recipe.tokens_per_step // (phase.micro_batch * phase.context))
    total = 0.0
    for _ in range(micro_steps):
        inputs, targets = rows.batch(phase.mix, phase.micro_batch, phase.context)
        loss = loss_of(model, inputs, targets) / micro_steps
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


def loss_of(
    model: GPT2LMHeadModel, inputs: torch.Tensor, targets: torch.Tensor, reduction: str = "mean"
) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(inputs).logits
    return functional.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), ignore_index=IGNORED, reduction=reduction
    )


@torch.inference_mode()
def story_loss(model: GPT2LMHeadModel, data: Dataset, context: int) -> float:
    """Mean loss in nats over story tokens of the first held-out examples."""
    model.train(False)
    total, count = 0.0, 0
    picked = range(0, len(data.starts), max(1, len(data.starts) // VALIDATION_EXAMPLES))
    for index in picked:
        tokens = torch.tensor(data.example(index)[: context + 1].astype("int64"))[None]
        targets = tokens[:, 1:].clone()
        targets[:, : int(data.stories[index] - data.starts[index]) - 1] = IGNORED
        total += loss_of(model, tokens[:, :-1], targets, "sum").item()
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


def log(run: Path, progress: Progress, context: int, loss: float, held_out: float | None) -> None:
    run.mkdir(parents=True, exist_ok=True)
    path = run / "log.csv"
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        if is_new:
            writer.writerow(["step", "seconds", "tokens", "context", "loss", "held_out_loss"])
        shown = "" if held_out is None else f"{held_out:.4f}"
        row = [progress.step, f"{progress.elapsed:.0f}", progress.tokens, context]
        writer.writerow([*row, f"{loss:.4f}", shown])


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
