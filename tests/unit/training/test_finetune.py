"""The whole way in small: text to tokenizer to data to a trained, resumed and exported model."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2LMHeadModel, PreTrainedTokenizerFast

from training.dataset import Dataset, encode
from training.export import export
from training.finetune import (
    STATE,
    WATCHED,
    Progress,
    loss_of,
    make_optimizers,
    resume,
    save,
    train,
)
from training.grammar.compose import compose
from training.grammar.language import Language
from training.measure import bits_per_byte
from training.recipe import Recipe
from training.rows import IGNORED, Rows, padded
from training.tokenizer import load_tokenizer, sample_prompts, train_tokenizer

RECIPE = Recipe.model_validate(
    {
        "seed": 1,
        "budget_minutes": 0.015,
        "tokens_per_step": 128,
        "muon_lr": 0.02,
        "adam_lr": 0.01,
        "save_every_minutes": 0.01,
        "model": {"layers": 1, "width": 16, "heads": 2, "context": 1200},
        "phases": [
            {"context": 96, "micro_batch": 1, "share": 0.5, "mix": {"tales": 1.0}},
            {"context": 128, "micro_batch": 1, "share": 0.5, "mix": {"tales": 1.0}},
        ],
        "last_lesson": {"minutes": 0.005, "rate": 0.5, "micro_batch": 2, "mix": {"tales": 1.0}},
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tokenizer and two data sets, as the commands would leave it."""
    folder = tmp_path_factory.mktemp("training")
    tales = list(compose(Language.load(), random.Random(1), 30, words))
    train_tokenizer([tale.story for tale in tales] + sample_prompts(), 600).save_pretrained(
        folder / "tokenizer"
    )
    tokenizer = load_tokenizer(folder / "tokenizer")
    encode(tales[:24], tokenizer).save(folder / "tales.npz")
    for name in WATCHED:
        encode(tales[24:], tokenizer).save(folder / f"{name}.npz")
    return folder


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    return load_tokenizer(folder / "tokenizer")


def words(text: str) -> int:
    return len(text.split())


@pytest.mark.parametrize(
    "text", ["Once upon a time", "naïve — “fée” 日本 🦊\n\n  two  spaces ", "\x00\ufffd¿"]
)
def test_any_text_round_trips(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_every_example_ends_with_the_end_token(
    folder: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    data = Dataset.load(folder / "tales.npz")
    for index in range(len(data.starts)):
        example = data.example(index)
        assert example[-1] == tokenizer.eos_token_id
        assert (example == tokenizer.eos_token_id).sum() == 1


def test_prompts_are_read_but_not_learned(folder: Path) -> None:
    inputs, targets = Rows(folder, seed=1).batch({"tales": 1.0}, 1, 64)
    prompt = int((targets == IGNORED).sum())
    assert prompt > 20
    assert bool((targets[0, prompt:-1] == inputs[0, prompt + 1 :]).all())


def test_examples_apart_cost_what_they_cost_alone(
    folder: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    rows = Rows(folder, seed=1)
    examples = [rows.next_example("tales") for _ in range(3)]
    assert len({len(example) for example, _ in examples}) > 1
    model, _ = fresh(tokenizer)
    alone = sum(loss_of(model, *padded([example])).item() for example in examples)
    assert loss_of(model, *padded(examples)).item() == pytest.approx(alone, rel=1e-3)
    learned = sum(len(example) - prompt for example, prompt in examples)
    assert int((padded(examples)[1] != IGNORED).sum()) == learned


def test_a_step_of_examples_apart_fills_its_tokens(folder: Path) -> None:
    batches = Rows(folder, seed=1).apart(RECIPE.last_lesson, 3000)
    assert sum(inputs.numel() for inputs, _ in batches) > 2900
    widths = [inputs.shape[1] for inputs, _ in batches]
    assert widths == sorted(widths)


def test_an_epoch_reads_every_example_once(folder: Path) -> None:
    rows = Rows(folder, seed=1)
    count = len(Dataset.load(folder / "tales.npz").starts)
    seen = {rows.next_example("tales")[0].tobytes() for _ in range(count)}
    assert len(seen) == count


def test_the_mix_is_exact(folder: Path) -> None:
    rows = Rows(folder, seed=1)
    picks = [rows.pick({"books": 0.75, "grammar": 0.25}, 64) for _ in range(40)]
    assert picks.count("grammar") == 10


def test_a_resumed_run_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    train(RECIPE, folder, folder / "tokenizer", tmp_path)
    first = torch.load(tmp_path / STATE, weights_only=True)["progress"]
    longer = RECIPE.model_copy(update={"budget_minutes": first["elapsed"] / 60 + 0.01})
    train(longer, folder, folder / "tokenizer", tmp_path)
    second = torch.load(tmp_path / STATE, weights_only=True)["progress"]
    assert 0 < first["step"] < second["step"]
    assert first["elapsed"] < second["elapsed"]
    assert first["cursors"]["tales"] < second["cursors"]["tales"]


def test_state_holds_weights_momenta_and_place(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    model, optimizers = fresh(tokenizer)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    for optimizer in optimizers:
        optimizer.step()
    progress = Progress(step=3, tokens=384, elapsed=1.5, cursors={"tales": 7})
    save(tmp_path, model, optimizers, progress)
    (tmp_path / "state.tmp").write_bytes(b"a write that was cut short")

    other, others = fresh(tokenizer)
    assert resume(tmp_path, other, others) == progress
    for ours, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert str(optimizers[0].state_dict()) == str(others[0].state_dict())


def fresh(
    tokenizer: PreTrainedTokenizerFast,
) -> tuple[GPT2LMHeadModel, list[torch.optim.Optimizer]]:
    model = GPT2LMHeadModel(RECIPE.model.config(len(tokenizer), 0))
    return model, make_optimizers(model, RECIPE)


def test_the_exported_model_loads_again(folder: Path, tmp_path: Path) -> None:
    train(RECIPE, folder, folder / "tokenizer", tmp_path / "run")
    out = tmp_path / "tiny"
    export(RECIPE, tmp_path / "run" / STATE, folder / "tokenizer", out)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(out), load_tokenizer(out)
    assert model.config.use_cache
    assert model.config.eos_token_id == tokenizer.eos_token_id == tokenizer.bos_token_id
    prompt = tokenizer("Once", return_tensors="pt")
    assert model(**prompt).logits.shape[-1] == len(tokenizer)
    assert not list(out.glob("*.bin"))


def test_training_lowers_bits_per_byte(
    folder: Path, tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    data = Dataset.load(folder / "held-out.npz")
    data = Dataset(data.tokens[:120], data.starts[:1], data.stories[:1])
    untrained, _ = fresh(tokenizer)
    trained = train(RECIPE, folder, folder / "tokenizer", tmp_path)
    assert bits_per_byte(trained, tokenizer, data) < bits_per_byte(untrained, tokenizer, data)


def test_rates_warm_up_and_end_at_zero_twice() -> None:
    lesson = RECIPE.budget_minutes
    first = [RECIPE.rate_at(minutes) for minutes in np.linspace(0, lesson * 0.999, 101)]
    last = [RECIPE.rate_at(minutes) for minutes in np.linspace(lesson, RECIPE.minutes, 101)]
    assert max(first) == 1.0
    assert 0.45 < max(last) < 0.5
    for rates in (first, last):
        assert rates[0] < 0.1
        assert rates[-1] < 0.01
        assert rates[50:] == sorted(rates[50:], reverse=True)


@pytest.mark.parametrize(("progress", "context"), [(0.0, 96), (0.49, 96), (0.5, 128), (1.0, 128)])
def test_phases_follow_the_clock(progress: float, context: int) -> None:
    assert RECIPE.phase_at(progress).context == context


def test_the_recipe_in_the_repository_is_valid() -> None:
    recipe = Recipe.load(Path("training/configs/fairytale-mini.toml"))
    assert recipe.phases[-1].context == recipe.model.context
    assert sum(phase.share for phase in recipe.phases) == pytest.approx(1)
