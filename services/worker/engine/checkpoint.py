"""Reads a GPT-2 checkpoint in Hugging Face's format from a directory or the hub, and hashes it.

Every defect is a ModelLoadError that says what is wrong. Knows nothing of how a model computes.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from shared.errors import ModelLoadError
from shared.settings import model_name

_CONFIG = "config.json"
_GENERATION_CONFIG = "generation_config.json"
_WEIGHTS = "model.safetensors"
_WEIGHTS_INDEX = "model.safetensors.index.json"
_ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh")


class ModelConfig(BaseModel):
    """What of a GPT-2 `config.json` the computation depends on, with transformers' defaults.

    Own, since importing transformers takes a third of a worker's start, and a story whose only
    worker died waits for that.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    vocab_size: int = 50_257
    n_positions: int = 1_024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    activation_function: str = "gelu_new"
    layer_norm_epsilon: float = 1e-5
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    tie_word_embeddings: bool = True
    eos_token_id: int | list[int] | None = 50_256


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as it lies on disk. `eos_ids` end a story as soon as they are drawn."""

    name: str
    directory: Path
    config: ModelConfig
    tensors: dict[str, Tensor]
    eos_ids: tuple[int, ...]
    sha256: str

    @property
    def parameters(self) -> int:
        return sum(tensor.numel() for tensor in self.tensors.values())


def load_checkpoint(model: str) -> Checkpoint:
    """Load a directory or a hub id such as `openai-community/gpt2`. Raises ModelLoadError."""
    directory = _resolve(model)
    config = _read_config(directory)
    files = _weight_files(directory)
    settings = [directory / name for name in (_CONFIG, _GENERATION_CONFIG)]
    return Checkpoint(
        name=model_name(model),
        directory=directory,
        config=config,
        tensors=_read_tensors(files),
        eos_ids=_eos_ids(directory, config),
        sha256=sha256_of([*(path for path in settings if path.is_file()), *files]),
    )


def sha256_of(files: Sequence[Path]) -> str:
    """One hash over names and contents, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()


def _resolve(model: str) -> Path:
    if Path(model).is_dir():
        return Path(model)
    return _download(model)


def _download(model: str) -> Path:
    # Imported where it is needed, for the same reason that `ModelConfig` is our own.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    patterns = ["*.json", "*.safetensors", "merges.txt"]
    try:
        return Path(snapshot_download(model, allow_patterns=patterns))
    except HFValidationError as error:
        raise ModelLoadError(f"the model directory {model!r} does not exist") from error
    except (RepositoryNotFoundError, LocalEntryNotFoundError, OSError) as error:
        raise ModelLoadError(
            f"{model!r} is no directory, and the hub did not deliver a model of that name: {error}"
        ) from error


def _read_config(directory: Path) -> ModelConfig:
    raw = read_json(directory / _CONFIG)
    kind = raw.get("model_type")
    if kind != "gpt2":
        raise ModelLoadError(f"{directory}: the model is of type {kind!r}, not 'gpt2'")
    try:
        config = ModelConfig.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ModelLoadError(f"{directory}/{_CONFIG} is not valid: {wrong}") from error
    defect = _config_defect(config)
    if defect is not None:
        raise ModelLoadError(f"{directory}: {defect}")
    return config


def _config_defect(config: ModelConfig) -> str | None:
    """What keeps the engine from computing this model, if anything."""
    if min(config.n_layer, config.n_head, config.n_positions - 1, config.vocab_size) < 1:
        return "a model needs at least one layer, head and token, and two positions"
    if config.n_embd < 1 or config.n_embd % config.n_head:
        return "n_embd is no multiple of n_head"
    if config.activation_function not in _ACTIVATIONS:
        return f"activation {config.activation_function!r} is not GPT-2's"
    if not config.scale_attn_weights or config.scale_attn_by_inverse_layer_idx:
        return "attention is scaled in another way than GPT-2's"
    return None


def _weight_files(directory: Path) -> list[Path]:
    single, index = directory / _WEIGHTS, directory / _WEIGHTS_INDEX
    if single.is_file():
        return [single]
    if not index.is_file():
        raise ModelLoadError(f"{directory} has no {_WEIGHTS}")
    names = read_json(index).get("weight_map")
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ModelLoadError(f"{index} has no weight_map from tensors to files")
    return [directory / name for name in sorted(set(names.values()))]


def _read_tensors(files: Sequence[Path]) -> dict[str, Tensor]:
    """Tensors under GPT-2's plain names: fine-tuned checkpoints prefix them with the module."""
    tensors: dict[str, Tensor] = {}
    for path in files:
        try:
            tensors.update(load_file(path))
        except (SafetensorError, OSError) as error:
            raise ModelLoadError(f"{path} cannot be read: {error}") from error
    return {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}


def _eos_ids(directory: Path, config: ModelConfig) -> tuple[int, ...]:
    """The generation config decides; where it names none, the model's config does."""
    path = directory / _GENERATION_CONFIG
    named = read_json(path).get("eos_token_id") if path.is_file() else None
    chosen = config.eos_token_id if named is None else named
    ids = chosen if isinstance(chosen, list) else [chosen]
    return tuple(id for id in ids if isinstance(id, int) and 0 <= id < config.vocab_size)


def read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelLoadError(f"{path.parent} has no {path.name}") from error
    except ValueError as error:
        raise ModelLoadError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelLoadError(f"{path} does not hold a JSON object")
    return content
