"""The tokenizer of a checkpoint: text to ids, and the bytes of every id.

Knows nothing of the model but its directory.
"""

from dataclasses import dataclass
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from services.worker.engine.checkpoint import sha256_of
from services.worker.engine.detokenizer import token_bytes
from shared.errors import ModelLoadError

_FILES = ("tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json")


@dataclass(frozen=True, slots=True)
class StoryTokenizer:
    """`bytes_of[id]` are the bytes a token stands for; `eos_ids` may be empty."""

    tokenizer: PreTrainedTokenizerBase
    bytes_of: list[bytes]
    eos_ids: tuple[int, ...]
    sha256: str

    def encode(self, text: str) -> list[int]:
        """Ids of `text` as plain text: a reader who types a special token gets its letters."""
        ids: list[int] = self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, verbose=False
        )["input_ids"]
        return ids


def load_tokenizer(directory: Path, vocab_size: int) -> StoryTokenizer:
    """Load it for a model of `vocab_size` ids. Raises ModelLoadError."""
    files = [directory / name for name in _FILES if (directory / name).is_file()]
    if not files:
        raise ModelLoadError(f"{directory} has no tokenizer (tokenizer.json or vocab.json)")
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except Exception as error:  # the tokenizers library raises the bare class for a broken file
        raise ModelLoadError(f"the tokenizer in {directory} cannot be read: {error}") from error
    if not 0 < len(tokenizer) <= vocab_size:
        raise ModelLoadError(
            f"the tokenizer in {directory} has {len(tokenizer)} ids, the model {vocab_size}"
        )
    return StoryTokenizer(
        tokenizer=tokenizer,
        bytes_of=token_bytes(tokenizer.convert_ids_to_tokens(list(range(vocab_size)))),
        eos_ids=() if tokenizer.eos_token_id is None else (tokenizer.eos_token_id,),
        sha256=sha256_of(files),
    )
