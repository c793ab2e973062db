"""A GPT-2 checkpoint as the GGUF file that llama.cpp reads: matrices in bf16, or in blocks of 32
8-bit numbers with a scale (Q8_0), the rest in fp32.

`gguf`, which knows the file's layout, is optional and so imported by name. Knows no server.
"""

import importlib
import json
import re
from pathlib import Path
from typing import Any, Literal

from safetensors.torch import load_file
from torch import Tensor
from transformers import GPT2Config

from tests.bench.tokenizer import END

Precision = Literal["bf16", "Q8_0"]
ARCHITECTURE = "gpt2"
_NORMAL, _CONTROL = 1, 3
"""llama.cpp's kinds of tokens: what is text, and what is not."""
_NAMES = {
    "wte": "token_embd",
    "wpe": "position_embd",
    "ln_f": "output_norm",
    "ln_1": "attn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}
_PARAMETER = re.compile(r"(?:transformer\.)?(?:h\.(\d+)\.)?(.+)\.(weight|bias)")
_CAUSAL_MASKS = ("attn", "attn.masked")
"""Buffers `attn.bias` and `attn.masked_bias` of old checkpoints, which are no parameters."""


def gguf_file(model: Path, precision: Precision) -> Path:
    """Beside the model; made only if it is not there. Raises ImportError without `gguf`."""
    path = model.with_name(f"{model.name}-{precision}.gguf")
    if not path.is_file():
        draft = path.with_suffix(".draft")
        write_gguf(model, draft, precision)
        draft.rename(path)
    return path


def write_gguf(model: Path, path: Path, precision: Precision) -> None:
    """From `config.json`, `model.safetensors` and a byte-level `tokenizer.json`."""
    library = importlib.import_module("gguf")
    writer: Any = library.GGUFWriter(path, ARCHITECTURE)
    _add_shape(writer, GPT2Config.from_pretrained(model))
    _add_tokenizer(writer, json.loads((model / "tokenizer.json").read_text(encoding="utf-8")))
    for name, tensor in load_file(model / "model.safetensors").items():
        found = named(name)
        if found is not None:
            _add_tensor(writer, library, found, tensor, precision)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def named(name: str) -> str | None:
    """llama.cpp's name of a parameter; None for what it ties or builds by itself."""
    found = _PARAMETER.fullmatch(name)
    if found is None or found[2] in ("lm_head", *_CAUSAL_MASKS):
        return None
    layer, part, kind = found.groups()
    return f"{'' if layer is None else f'blk.{layer}.'}{_NAMES[part]}.{kind}"


def _add_shape(writer: Any, config: GPT2Config) -> None:
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)


def _add_tokenizer(writer: Any, described: dict[str, Any]) -> None:
    """Its order of merges is what splits a text; nothing is put before a prompt."""
    vocabulary: dict[str, int] = described["model"]["vocab"]
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    special = {each["content"] for each in described["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([_CONTROL if token in special else _NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in described["model"]["merges"]])
    writer.add_bos_token_id(vocabulary[END])
    writer.add_eos_token_id(vocabulary[END])
    writer.add_add_bos_token(False)


def _add_tensor(writer: Any, library: Any, name: str, tensor: Tensor, precision: Precision) -> None:
    """GPT-2's layers hold (in, out) where llama.cpp wants (out, in); embeddings stay."""
    if tensor.dim() == 1 or name.startswith("position_embd"):
        writer.add_tensor(name, tensor.float().numpy())
        return
    rows = tensor if name.startswith("token_embd") else tensor.T
    kind = library.GGMLQuantizationType[precision.upper()]
    raw = library.quants.quantize(rows.float().contiguous().numpy(), kind)
    writer.add_tensor(name, raw, raw_dtype=kind)
