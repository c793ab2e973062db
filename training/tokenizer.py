"""Trains our byte-level BPE: `python -m training.tokenizer --tales FILE --out DIR`.

Works on text alone: any UTF-8 string round-trips exactly, since every byte has a token.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from shared.prompts import build_prompt
from shared.schemas import Genre, Length, PointOfView, StoryControls, Style
from training.tales import read_tales

VOCABULARY = 8192
END = "<|endoftext|>"
CONTEXT = 1024


def train_tokenizer(texts: Iterable[str], vocabulary: int = VOCABULARY) -> PreTrainedTokenizerFast:
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


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return tokenizer


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
    parser.add_argument("--tales", type=Path, default=Path("var/training/plain.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("var/training/tokenizer"))
    arguments = parser.parse_args()
    texts = [tale.text for tale in read_tales(arguments.tales)]
    train_tokenizer(texts + sample_prompts()).save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
