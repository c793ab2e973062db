"""Checkpoints load in the forms in which they occur, and a broken one says what is wrong."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import GPT2Config

from services.worker.engine import Engine
from services.worker.engine.checkpoint import ModelConfig, load_checkpoint
from services.worker.engine.tokenizer import load_tokenizer
from shared.errors import ModelLoadError
from shared.schemas import FinishReason
from tests.unit.worker.engine.runs import collect, request, write
from tests.unit.worker.tiny_model import VOCAB_SIZE


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    """A model directory that the test may spoil."""
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def load(directory: Path) -> Engine:
    return Engine.load(str(directory), dtype="float32", max_batch=1, threads=1)


def change_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_tensors(directory: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    tensors = load_file(directory / "model.safetensors")
    change(tensors)
    save_file(tensors, directory / "model.safetensors")


def truncate(directory: Path) -> None:
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def forget_end_of_text(directory: Path) -> None:
    change_json(directory / "generation_config.json", eos_token_id=None)
    change_json(directory / "config.json", eos_token_id=None)
    change_json(directory / "tokenizer_config.json", eos_token=None)


DEFECTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda d: (d / "config.json").unlink(), "no config.json"),
    "config is no JSON": (lambda d: (d / "config.json").write_text("{"), "not valid JSON"),
    "config is a list": (lambda d: (d / "config.json").write_text("[]"), "JSON object"),
    "not GPT-2": (lambda d: change_json(d / "config.json", model_type="llama"), "'llama'"),
    "other activation": (
        lambda d: change_json(d / "config.json", activation_function="relu"),
        "'relu'",
    ),
    "other scaling": (
        lambda d: change_json(d / "config.json", scale_attn_by_inverse_layer_idx=True),
        "scaled",
    ),
    "a config value of the wrong type": (
        lambda d: change_json(d / "config.json", n_layer="two"),
        "n_layer: Input should be a valid integer",
    ),
    "no layers": (lambda d: change_json(d / "config.json", n_layer=0), "at least one layer"),
    "no heads": (lambda d: change_json(d / "config.json", n_head=0), "at least one layer, head"),
    "odd heads": (lambda d: change_json(d / "config.json", n_head=5), "n_head"),
    "no weights": (lambda d: (d / "model.safetensors").unlink(), "no model.safetensors"),
    "truncated weights": (truncate, "model.safetensors cannot be read"),
    "a tensor is missing": (
        lambda d: change_tensors(d, lambda t: t.__delitem__("transformer.h.1.ln_2.bias")),
        "lack h.1.ln_2.bias",
    ),
    "a tensor of whole numbers": (
        lambda d: change_tensors(
            d, lambda t: t.update({"transformer.wte.weight": t["transformer.wte.weight"].char()})
        ),
        "wte.weight has torch.int8",
    ),
    "a wrong shape": (lambda d: change_json(d / "config.json", n_positions=99), "wpe.weight"),
    "no tokenizer": (lambda d: (d / "tokenizer.json").unlink(), "no tokenizer"),
    "broken tokenizer": (lambda d: (d / "tokenizer.json").write_text("{}"), "tokenizer in"),
    "no end of text": (
        forget_end_of_text,
        "end-of-text",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_named(copy: Path, defect: str) -> None:
    spoil, message = DEFECTS[defect]
    load(copy)
    spoil(copy)
    with pytest.raises(ModelLoadError, match=message):
        load(copy)


def test_defaults_are_those_of_transformers() -> None:
    theirs = GPT2Config()
    assert ModelConfig() == ModelConfig(
        **{name: getattr(theirs, name) for name in ModelConfig.model_fields}
    )


def test_vocabulary_and_merges_alone_make_the_same_tokenizer(copy: Path) -> None:
    text = "the keeper lit the lamp; 3 ships, <|endoftext|>?"
    whole = load_tokenizer(copy, VOCAB_SIZE)
    model = json.loads((copy / "tokenizer.json").read_text())["model"]
    (copy / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    (copy / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]))
    (copy / "tokenizer.json").unlink()
    parts = load_tokenizer(copy, VOCAB_SIZE)
    assert parts.encode(text) == whole.encode(text)
    assert parts.bytes_of == whole.bytes_of
    assert parts.eos_ids == whole.eos_ids


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="does not exist"):
        load(tmp_path / "nowhere")


def test_an_id_that_the_hub_does_not_deliver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelLoadError, match="'nobody/nothing' is no directory, and the hub"):
        Engine.load("nobody/nothing")


def test_a_tokenizer_larger_than_the_model_is_refused(copy: Path) -> None:
    change_json(copy / "config.json", vocab_size=280)
    with pytest.raises(ModelLoadError, match="ids below 290, the model below 280"):
        load(copy)


def test_a_tokenizer_whose_ids_have_a_hole_is_refused_if_one_is_beyond_the_model(
    copy: Path,
) -> None:
    path = copy / "tokenizer.json"
    whole = json.loads(path.read_text())
    whole["model"]["vocab"]["k"] = 400
    path.write_text(json.dumps(whole))
    with pytest.raises(ModelLoadError, match="ids below 401, the model below 300"):
        load(copy)


def test_names_without_the_module_prefix_load_the_same(copy: Path) -> None:
    """The original GPT-2 on the hub has them."""
    before = write(load(copy), request())

    def strip(tensors: dict[str, Tensor]) -> None:
        for name in list(tensors):
            tensors[name.removeprefix("transformer.")] = tensors.pop(name)

    change_tensors(copy, strip)
    assert write(load(copy), request()) == before


def test_shards_load_the_same(copy: Path) -> None:
    before = write(load(copy), request())
    tensors = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    files = {name: f"part-{index % 2}.safetensors" for index, name in enumerate(tensors)}
    for file in set(files.values()):
        save_file({name: tensors[name] for name in tensors if files[name] == file}, copy / file)
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    assert write(load(copy), request()) == before


def test_any_of_several_end_tokens_ends_a_story(copy: Path) -> None:
    tokens = write(load(copy), request()).tokens
    change_json(copy / "generation_config.json", eos_token_id=[0, tokens[5]])
    ended = write(load(copy), request())
    assert ended.tokens == tokens[: tokens.index(tokens[5]) + 1]


def test_the_hash_follows_weights_and_configuration(copy: Path) -> None:
    before = load_checkpoint(str(copy)).sha256
    assert load_checkpoint(str(copy)).sha256 == before
    change_json(copy / "config.json", layer_norm_epsilon=1e-4)
    changed = load_checkpoint(str(copy)).sha256
    change_tensors(copy, lambda tensors: tensors["transformer.wte.weight"].mul_(2))
    assert len({before, changed, load_checkpoint(str(copy)).sha256}) == 3


def test_a_model_that_computes_no_number_fails_that_story_alone(copy: Path) -> None:
    """Position 60 is broken: a long story ends with an error, others and the slot go on."""

    def poison(tensors: dict[str, Tensor]) -> None:
        tensors["transformer.wpe.weight"][60] = math.nan

    short = request("short", token_budget=8)
    expected = write(load(copy), short)
    change_tensors(copy, poison)
    engine = Engine.load(str(copy), dtype="float32", max_batch=2, threads=1)
    engine.add_request(request("long", prompt="~" * 60))
    engine.add_request(short)
    stories = collect(engine)
    assert len(stories["long"].tokens) == 1
    assert stories["long"].finish_reason is FinishReason.ERROR
    assert stories["short"] == expected
    assert write(engine, short) == expected
