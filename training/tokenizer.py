"""Trains our byte-level BPE: `python -m training.tokenizer --tales FILE --out DIR`.

Works on text alone: any UTF-8 string round-trips exactly, since every byte has a token.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from shared.prompts import build_prompt
from shared.schemas import Genre, Length, PointOfView, StoryControls, Style
from training.own_tales import Split, read_own_tales
from training.tales import read_tales

if TYPE_CHECKING:  # seconds to import, and a step that is finished needs none
    from transformers import PreTrainedTokenizerFast

VOCABULARY = 8192
END = "<|endoftext|>"
CONTEXT = 1024


def train_tokenizer(
    texts: Iterable[str], vocabulary: int = VOCABULARY
) -> "PreTrainedTokenizerFast":
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def load_tokenizer(name: str | Path) -> "PreTrainedTokenizerFast":
    """From a directory, or by its hub name."""
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    tokenizer = AutoTokenizer.from_pretrained(name)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return tokenizer


def tokenizer_files(name: str) -> list[Path]:
    """What a step that uses this tokenizer has read; nothing where it comes from the hub."""
    return [Path(name)] if Path(name).is_dir() else []


def sample_prompts() -> list[str]:
    """Every control word, so that the words of the template become single tokens."""
    return [
        build_prompt("A seed", StoryControls(genre=genre, pov=pov, style=style, length=length))
        for genre in Genre
        for pov in PointOfView
        for style in Style
        for length in Length
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tales", type=Path, default=Path("var/training/train.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("var/training/tokenizer"))
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY)
    arguments = parser.parse_args()
    books = [tale.text for tale in read_tales(arguments.tales)]
    own = [f"{tale.seed}\n{tale.text}" for tale in read_own_tales(Split.TRAIN)]
    # The own tales are few, and every story is told in their words: they count three times.
    trained = train_tokenizer([*books, *own * 3, *sample_prompts()], arguments.vocabulary)
    trained.save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
