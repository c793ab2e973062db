"""The tokenizer of a checkpoint: text to ids, and the bytes of every id.

Knows nothing of the model but its directory.
"""

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers

from services.worker.engine.checkpoint import read_json, sha256_of
from services.worker.engine.detokenizer import token_bytes
from shared.errors import ModelLoadError
from shared.tokens import take_as_plain_text, token_count, token_ids

_WHOLE = "tokenizer.json"
_VOCABULARY, _MERGES = "vocab.json", "merges.txt"
_FILES = (_WHOLE, _VOCABULARY, _MERGES)
_SETTINGS = "tokenizer_config.json"


@dataclass(frozen=True, slots=True)
class StoryTokenizer:
    """`bytes_of[id]` are the bytes a token stands for; `eos_ids` may be empty."""

    tokenizer: Tokenizer
    bytes_of: list[bytes]
    eos_ids: tuple[int, ...]
    sha256: str

    def encode(self, text: str) -> list[int]:
        return token_ids(self.tokenizer, text)

    def count(self, text: str) -> int:
        return token_count(self.tokenizer, text)


def load_tokenizer(directory: Path, vocab_size: int) -> StoryTokenizer:
    """Load it for a model of `vocab_size` ids. Raises ModelLoadError."""
    files = [directory / name for name in _FILES if (directory / name).is_file()]
    if not files:
        raise ModelLoadError(f"{directory} has no tokenizer ({_WHOLE} or {_VOCABULARY})")
    try:
        tokenizer = _read(directory)
    except Exception as error:  # the tokenizers library raises the bare class for a broken file
        raise ModelLoadError(f"the tokenizer in {directory} cannot be read: {error}") from error
    take_as_plain_text(tokenizer)
    size = 1 + max(tokenizer.get_vocab().values(), default=-1)
    if not 0 < size <= vocab_size:
        raise ModelLoadError(
            f"the tokenizer in {directory} has ids below {size}, the model below {vocab_size}"
        )
    return StoryTokenizer(
        tokenizer=tokenizer,
        bytes_of=token_bytes([tokenizer.id_to_token(id) for id in range(vocab_size)]),
        eos_ids=_eos_ids(directory, tokenizer),
        sha256=sha256_of(files),
    )


def _read(directory: Path) -> Tokenizer:
    if (directory / _WHOLE).is_file():
        return Tokenizer.from_file(str(directory / _WHOLE))
    # The two files of the original GPT-2.
    model = models.BPE.from_file(str(directory / _VOCABULARY), str(directory / _MERGES))
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def _eos_ids(directory: Path, tokenizer: Tokenizer) -> tuple[int, ...]:
    path = directory / _SETTINGS
    named = read_json(path).get("eos_token") if path.is_file() else None
    symbol = named.get("content") if isinstance(named, dict) else named
    found = tokenizer.token_to_id(symbol) if isinstance(symbol, str) else None
    return () if found is None else (found,)
