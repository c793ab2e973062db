"""A GPT-2 small enough for unit tests: random weights and a byte-level tokenizer, saved to disk."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

VOCAB_SIZE = 300
TOKENIZER_SIZE = 290
"""Fewer than the model has, as when a vocabulary is padded to a round number."""
CONTEXT = 128
END = "<|endoftext|>"
_CORPUS = [
    "once upon a time there was a lighthouse keeper who heard music from the sea",
    "the keeper lit the lamp and the ships came home, one by one, to the harbour",
]


def build_tiny_model(
    directory: Path, *, width: int = 64, heads: int = 4, layers: int = 2, spread: float = 0.2
) -> Path:
    """Save a model with `layers` layers; `spread` is the standard deviation of its weights."""
    save_tokenizer(directory)
    config = GPT2Config(
        vocab_size=VOCAB_SIZE,
        n_positions=CONTEXT,
        n_embd=width,
        n_head=heads,
        n_layer=layers,
        initializer_range=spread,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(20)
        model = GPT2LMHeadModel(config)
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):  # zero at first, so a forgotten bias would go unnoticed
                torch.nn.init.normal_(parameter, std=spread)
    model.save_pretrained(directory)
    return directory


def save_tokenizer(directory: Path) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TOKENIZER_SIZE,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    assert tokenizer.get_vocab_size() == TOKENIZER_SIZE
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token=END, bos_token=END
    )
    wrapped.save_pretrained(directory)
    return wrapped
