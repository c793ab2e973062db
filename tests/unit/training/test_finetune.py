"""Fine-tuning in small: it learns, survives kills to the same weights, and stops when told to."""

import copy
import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, GPT2LMHeadModel

from tests.unit.training.corpus import prepare, recipe, two_lessons
from training.curve import CurveFile
from training.export import export, last_lesson
from training.finetune import last_whole_checkpoint, starting_model, train
from training.muon import MuonWithAdamW
from training.recipe import Recipe

Train = Callable[[Recipe, Path], Path]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    prepare(folder)
    return folder


@pytest.fixture
def training(corpus: Path) -> Train:
    return lambda recipe, run: train(
        recipe, corpus / "tokens", corpus / "tokenizer", run, compiled=False
    )


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(GPT2LMHeadModel.from_pretrained(folder).state_dict())


def losses(run: Path, watched: str) -> list[float]:
    with (run / "curve.csv").open(encoding="utf-8") as lines:
        return [float(row["loss"]) for row in csv.DictReader(lines) if row["watched"] == watched]


def looks(run: Path) -> list[tuple[str, str]]:
    with (run / "curve.csv").open(encoding="utf-8") as lines:
        return [(row["step"], row["watched"]) for row in csv.DictReader(lines)]


def ruinous() -> Recipe:
    """It does harm at each step, and so ends early."""
    return recipe(
        learning_rate=0.5, muon_learning_rate=None, max_steps=40, evaluate_steps=2, patience=2
    )


class Killed(BaseException):
    pass


def kill_at(step: int, patched: pytest.MonkeyPatch) -> None:
    append = CurveFile.append

    def die(curve: CurveFile, at: int, watched: str, loss: float) -> None:
        append(curve, at, watched, loss)
        if at == step:
            raise Killed

    patched.setattr(CurveFile, "append", die)


def test_it_learns_and_the_curve_shows_it(training: Train, tmp_path: Path) -> None:
    training(recipe(max_steps=24, evaluate_steps=6), tmp_path)

    measured = losses(tmp_path, "tales")
    assert len(measured) == 4
    assert measured[-1] < measured[0] - 0.3
    assert losses(tmp_path, "train")


def test_a_killed_run_goes_on_to_the_same_weights(
    training: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = training(recipe(), tmp_path / "undisturbed")

    with monkeypatch.context() as patched:
        kill_at(8, patched)  # the first checkpoint lies at step 4
        with pytest.raises(Killed):
            training(recipe(), tmp_path / "killed")
    assert not (tmp_path / "killed/1-first/finished").exists()
    (tmp_path / "killed/1-first/checkpoint-7").mkdir()  # what a kill in mid-write leaves

    resumed = training(recipe(), tmp_path / "killed")

    for name, expected in weights(undisturbed).items():
        assert torch.equal(weights(resumed)[name], expected), name
    assert looks(tmp_path / "killed") == looks(tmp_path / "undisturbed"), "each step once"


def test_a_finished_lesson_is_not_given_again(training: Train, tmp_path: Path) -> None:
    once = training(recipe(), tmp_path)
    curve = (tmp_path / "curve.csv").read_bytes()

    assert training(recipe(), tmp_path) == once
    assert (tmp_path / "curve.csv").read_bytes() == curve


def test_a_run_belongs_to_one_recipe_from_its_first_step(
    training: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        kill_at(8, patched)
        with pytest.raises(Killed):
            training(recipe(), tmp_path)
    with pytest.raises(ValueError, match="another recipe"):
        training(recipe(learning_rate=0.5), tmp_path)


@pytest.mark.parametrize("given", [recipe(), ruinous()], ids=["by its steps", "early"])
def test_a_lesson_killed_after_its_last_step_takes_none_more(
    given: Recipe, training: Train, tmp_path: Path
) -> None:
    finished = training(given, tmp_path)
    before, curve = weights(finished), (tmp_path / "curve.csv").read_bytes()
    shutil.rmtree(finished)

    after = weights(training(given, tmp_path))
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert (tmp_path / "curve.csv").read_bytes() == curve


def test_a_lesson_goes_on_from_the_one_before(training: Train, tmp_path: Path) -> None:
    first, second = two_lessons().lessons
    none = {"learning_rate": 1e-9, "muon_learning_rate": 1e-9, "weight_decay": 0.0}
    both = recipe().model_copy(update={"lessons": [first, second.model_copy(update=none)]})

    training(both, tmp_path)

    before, after = (weights(tmp_path / f"{name}/finished") for name in ("1-first", "2-second"))
    for name, expected in before.items():
        torch.testing.assert_close(after[name], expected, atol=1e-6, rtol=1e-4)


def test_training_stops_early_and_keeps_the_best_weights(training: Train, tmp_path: Path) -> None:
    training(ruinous(), tmp_path)

    measured = losses(tmp_path, "tales")
    assert len(measured) < 20
    assert min(measured) not in measured[-2:]


def test_looks_without_a_better_loss_are_counted_over_a_kill(
    training: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training(ruinous(), tmp_path / "undisturbed")
    with monkeypatch.context() as patched:
        kill_at(len(losses(tmp_path / "undisturbed", "tales")) * 2, patched)
        with pytest.raises(Killed):
            training(ruinous(), tmp_path / "killed")

    training(ruinous(), tmp_path / "killed")

    assert looks(tmp_path / "killed") == looks(tmp_path / "undisturbed")


def test_an_unreadable_checkpoint_is_passed_over(tmp_path: Path) -> None:
    for step, state in ((9, "{}"), (10, '{"half'), (100, None)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if state is not None:
            (tmp_path / f"checkpoint-{step}/trainer_state.json").write_text(state)

    assert last_whole_checkpoint(tmp_path) == tmp_path / "checkpoint-9"
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-9"]


def test_the_optimizer_resumes_where_it_was(corpus: Path) -> None:
    def gradients(model: torch.nn.Module, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for parameter in model.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)

    def fresh() -> tuple[torch.nn.Module, MuonWithAdamW]:
        model = starting_model(recipe(), corpus / "tokenizer")
        return model, MuonWithAdamW(model, muon_rate=0.02, adam_rate=0.01, weight_decay=0.0)

    model, optimizer = fresh()
    gradients(model, 1)
    optimizer.step()
    other, resumed = fresh()
    other.load_state_dict(model.state_dict())
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for each, stepping in ((model, optimizer), (other, resumed)):
        gradients(each, 2)
        stepping.step()

    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)


def test_the_exported_directory_is_the_model_in_half_the_bytes(
    corpus: Path, training: Train, tmp_path: Path
) -> None:
    training(recipe(), tmp_path / "run")

    export(last_lesson(tmp_path / "run"), str(corpus / "tokenizer"), tmp_path / "model")

    trained = weights(last_lesson(tmp_path / "run"))
    for name, exported in weights(tmp_path / "model").items():
        assert exported.dtype == torch.bfloat16
        torch.testing.assert_close(exported.float(), trained[name], rtol=0.01, atol=0.001)
    files = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"config.json", "generation_config.json", "model.safetensors"} <= files
    assert {"tokenizer.json", "tokenizer_config.json"} <= files
    assert "training_args.bin" not in files, "a pickle"
    config = AutoConfig.from_pretrained(tmp_path / "model")
    assert config.use_cache, "training turns it off"


def test_nothing_to_export_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no lesson"):
        last_lesson(tmp_path)


def test_a_recipe_starts_from_one_thing() -> None:
    both = recipe().model_dump() | {"base": "openai-community/gpt2"}
    with pytest.raises(ValueError, match="either"):
        Recipe.model_validate(both)
