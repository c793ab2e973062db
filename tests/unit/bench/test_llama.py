"""llama.cpp as a peer: its file holds what the checkpoint does; who cannot run it is told why."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from tests.bench.engine.entries import NO_BF16
from tests.bench.llama import server
from tests.bench.llama.weights import Precision, gguf_file, named, write_gguf
from tests.bench.models import write_model
from tests.bench.stack.servers import LLAMA, LLAMA_8_BITS, absent


@pytest.fixture
def model(tmp_path: Path) -> Path:
    directory = tmp_path / "small"
    config = GPT2Config(vocab_size=400, n_positions=64, n_embd=32, n_head=2, n_layer=2)
    write_model(directory, ["Once upon a time there was a fox."], config)
    return directory


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("transformer.wte.weight", "token_embd.weight"),
        ("ln_f.bias", "output_norm.bias"),
        ("transformer.h.11.attn.c_proj.bias", "blk.11.attn_output.bias"),
        ("h.0.mlp.c_proj.weight", "blk.0.ffn_down.weight"),
        ("lm_head.weight", None),
        ("h.0.attn.bias", None),
        ("h.0.attn.masked_bias", None),
    ],
)
def test_names_of_parameters(name: str, theirs: str | None) -> None:
    assert named(name) == theirs


@pytest.mark.parametrize(("precision", "off"), [("bf16", 2.0**-8), ("Q8_0", 2.0**-7)])
def test_file_holds_every_parameter_of_the_model(
    model: Path, tmp_path: Path, precision: Precision, off: float
) -> None:
    """`off`: by how much a number of a matrix may differ, in parts of its row's largest one."""
    gguf = pytest.importorskip("gguf")
    write_gguf(model, tmp_path / "small.gguf", precision)
    found = {each.name: each for each in gguf.GGUFReader(tmp_path / "small.gguf").tensors}
    wanted = dict(GPT2LMHeadModel.from_pretrained(model).transformer.named_parameters())
    assert found.keys() == {named(name) for name in wanted}
    for name, parameter in wanted.items():
        theirs = named(name)
        assert theirs is not None
        tensor = found[theirs]
        values = torch.tensor(gguf.dequantize(tensor.data, tensor.tensor_type))
        ours = parameter.detach()
        if ours.dim() == 1 or name.startswith("wpe"):
            assert torch.equal(values, ours), name
            continue
        ours = ours.T if "c_" in name else ours  # layers' matrices lie the other way round
        assert ((values - ours).abs() <= off * ours.abs().amax(1, keepdim=True)).all(), name


def test_file_holds_the_tokenizer_and_the_shape(model: Path, tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    write_gguf(model, tmp_path / "small.gguf", "bf16")
    fields = gguf.GGUFReader(tmp_path / "small.gguf").fields

    def told(name: str) -> Any:
        return fields[name].contents()

    assert told("general.architecture") == "gpt2"
    assert (told("gpt2.context_length"), told("gpt2.feed_forward_length")) == (64, 128)
    tokens, kinds = told("tokenizer.ggml.tokens"), told("tokenizer.ggml.token_type")
    assert len(tokens) == len(kinds) == 400
    assert [token for token, kind in zip(tokens, kinds, strict=True) if kind == 3] == [
        "<|endoftext|>"
    ]
    assert tokens[told("tokenizer.ggml.eos_token_id")] == "<|endoftext|>"
    assert all("".join(pair.split(" ")) in tokens for pair in told("tokenizer.ggml.merges"))


def test_file_is_made_once(model: Path) -> None:
    pytest.importorskip("gguf")
    made = gguf_file(model, "bf16").stat().st_mtime_ns
    assert gguf_file(model, "bf16").stat().st_mtime_ns == made


def test_who_has_no_server_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "has_bf16", lambda: True)
    monkeypatch.setenv("LLAMA_SERVER", str(tmp_path / "llama-server"))
    assert absent()[LLAMA] == server.NO_PROGRAM


def test_who_has_no_bf16_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "has_bf16", lambda: False)
    assert absent()[LLAMA] == NO_BF16
    assert absent().get(LLAMA_8_BITS) != NO_BF16


def test_who_has_the_server_needs_the_writer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "llama-server"
    program.touch(0o755)
    monkeypatch.setattr(server, "has_bf16", lambda: True)
    monkeypatch.setenv("LLAMA_SERVER", str(program))
    has_writer = importlib.util.find_spec("gguf") is not None
    assert absent().get(LLAMA) == (None if has_writer else server.NO_WRITER)
