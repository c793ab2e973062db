"""Trains a model by a recipe: `python -m training.finetune --recipe FILE --tokens DIR --run DIR`.

Runs on CPU, one GPU, or many (`accelerate launch -m training.finetune`, `torchrun -m
training.finetune`). Killed at any moment and started again with the same command, it goes on from
the last whole checkpoint of the lesson it was in.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Subset
from transformers import (
    EarlyStoppingCallback,
    GPT2LMHeadModel,
    PreTrainedModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from training.curve import CurveFile
from training.encode import Encoded
from training.given import FINISHED, GIVEN, NotPrepared, check_given, check_prepared, folders
from training.manifest import replace_file
from training.muon import MuonWithAdamW
from training.packing import PackedRows
from training.precision import fast_half
from training.recipe import Lesson, Recipe
from training.tokenizer import load_tokenizer

WATCHED_ROWS = 48
"""Rows of a watched data set that are measured: enough to see a trend, few enough to be quick."""


def train(recipe: Recipe, tokens: Path, tokenizer: Path, run: Path, *, compiled: bool) -> Path:
    """Return the directory of the model after the last lesson.

    :raises NotPrepared: a data set that the recipe names is not there; before the first step.
    :raises ValueError: what was given in this run is not how the recipe begins.
    """
    check_given(recipe, run)
    check_prepared(recipe, tokens, run)
    model = starting_model(recipe, tokenizer)
    folder = run
    for number, folder in enumerate(folders(recipe, run), start=1):
        if not (folder / FINISHED).exists():
            begun = recipe.model_copy(update={"lessons": recipe.lessons[:number]})
            teach(model, begun, tokens, folder, compiled=compiled)
        model = GPT2LMHeadModel.from_pretrained(folder / FINISHED)
    return folder / FINISHED


def starting_model(recipe: Recipe, tokenizer: Path) -> PreTrainedModel:
    torch.manual_seed(recipe.seed)
    if recipe.base is not None:
        return GPT2LMHeadModel.from_pretrained(recipe.base)
    assert recipe.shape is not None  # the recipe was validated
    words = load_tokenizer(tokenizer)
    return GPT2LMHeadModel(recipe.shape.config(len(words), words.eos_token_id))


def teach(
    model: PreTrainedModel, recipe: Recipe, tokens: Path, folder: Path, *, compiled: bool
) -> None:
    """Give the recipe's last lesson, from its last whole checkpoint if there is one."""
    lesson = recipe.lessons[-1]
    sources = {name: Encoded.load(tokens / name) for name in lesson.passes}
    watched = {
        name: some_rows(tokens / source, lesson.context) for name, source in recipe.watched.items()
    }
    callbacks: list[TrainerCallback] = [CurveFile(folder.parent / "curve.csv", lesson.name)]
    if lesson.patience:
        callbacks.append(EarlyStoppingCallback(lesson.patience))
    trainer = Trainer(
        model=model,
        args=arguments_for(lesson, recipe, folder, compiled=compiled),
        train_dataset=PackedRows(sources, lesson.passes, lesson.context, recipe.seed),
        eval_dataset=watched,
        callbacks=callbacks,
        optimizers=(optimizer_for(model, lesson), None),
    )
    with trainer.accelerator.main_process_first():
        checkpoint = last_whole_checkpoint(folder)
    if trainer.is_world_process_zero():
        replace_file(folder.parent / GIVEN, recipe.model_dump_json(indent=2).encode())
    if checkpoint is not None and is_last(checkpoint):
        model = GPT2LMHeadModel.from_pretrained(chosen(checkpoint, lesson))
    else:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if trainer.is_world_process_zero():
        unfinished = folder / "unfinished"
        model.save_pretrained(unfinished)
        unfinished.rename(folder / FINISHED)
    trainer.accelerator.wait_for_everyone()


def some_rows(data: Path, context: int) -> Subset[dict[str, torch.Tensor]]:
    rows = PackedRows({"": Encoded.load(data)}, {"": 1}, context, seed=0)
    return Subset(rows, range(min(WATCHED_ROWS, len(rows))))


def arguments_for(
    lesson: Lesson, recipe: Recipe, folder: Path, *, compiled: bool
) -> TrainingArguments:
    cuda = torch.cuda.is_available()
    half = fast_half(torch.device("cuda" if cuda else "cpu"))
    return TrainingArguments(
        output_dir=str(folder),
        seed=recipe.seed,
        num_train_epochs=1,  # the passes are in the data set
        max_steps=lesson.max_steps or -1,
        per_device_train_batch_size=lesson.rows,
        per_device_eval_batch_size=lesson.rows,
        gradient_accumulation_steps=lesson.accumulate,
        learning_rate=lesson.learning_rate,
        lr_scheduler_type=lesson.schedule,
        warmup_steps=lesson.warm_up,
        weight_decay=lesson.weight_decay,
        max_grad_norm=1.0,
        bf16=half is torch.bfloat16,
        fp16=cuda and half is None,
        torch_compile=compiled,
        dataloader_drop_last=compiled,  # a smaller last batch would be compiled for itself
        dataloader_pin_memory=cuda,
        eval_strategy="steps",
        eval_steps=lesson.evaluate_steps,
        save_steps=lesson.evaluate_steps,
        save_total_limit=2,
        logging_steps=10,
        load_best_model_at_end=bool(lesson.patience),
        restore_callback_states_from_checkpoint=bool(lesson.patience),  # looks without a better one
        metric_for_best_model=f"eval_{next(iter(recipe.watched))}_loss",
        greater_is_better=False,
        report_to="tensorboard",
        remove_unused_columns=False,
        use_cpu=not cuda,
    )


def optimizer_for(model: PreTrainedModel, lesson: Lesson) -> MuonWithAdamW | None:
    """None leaves the choice to the Trainer, which takes AdamW."""
    if lesson.muon_learning_rate is None:
        return None
    return MuonWithAdamW(
        model,
        muon_rate=lesson.muon_learning_rate,
        adam_rate=lesson.learning_rate,
        weight_decay=lesson.weight_decay,
    )


def last_whole_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint whose state can be read; a kill in mid-write leaves one that cannot.

    The Trainer writes `trainer_state.json` last. Unreadable ones are removed: it would count them.
    """
    found = sorted(
        folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True
    )
    for checkpoint in found:
        try:
            state_of(checkpoint)
        except (FileNotFoundError, json.JSONDecodeError):
            shutil.rmtree(checkpoint)
        else:
            return checkpoint
    return None


def is_last(checkpoint: Path) -> bool:
    """Whether the lesson was over with it: the Trainer would take one more step from there."""
    control = state_of(checkpoint)["stateful_callbacks"]["TrainerControl"]["args"]
    return bool(control["should_training_stop"])


def chosen(last: Path, lesson: Lesson) -> Path:
    """The checkpoint whose weights are the lesson's."""
    best = state_of(last)["best_model_checkpoint"]
    return last.with_name(Path(best).name) if lesson.patience and best else last


def state_of(checkpoint: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((checkpoint / "trainer_state.json").read_bytes())
    return state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", type=Path, default=Path("training/configs/fairytale-mini.toml"))
    parser.add_argument("--tokens", type=Path, default=Path("var/training/tokens"))
    parser.add_argument("--tokenizer", type=Path, default=Path("var/training/tokenizer"))
    parser.add_argument("--run", type=Path, help="default: var/training/runs/, named by the recipe")
    parser.add_argument(
        "--compile",
        action="store_true",
        help="a quarter faster on CPU, after half a minute for each lesson; needs a C++ compiler",
    )
    arguments = parser.parse_args()
    os.nice(15)  # serving and people come first
    try:
        train(
            Recipe.load(arguments.recipe),
            arguments.tokens,
            arguments.tokenizer,
            arguments.run or Path("var/training/runs") / arguments.recipe.stem,
            compiled=arguments.compile,
        )
    except NotPrepared as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
