"""A GPT-2 that never ends a story by itself, so that tests can break it in the middle.

It writes printable ASCII only: what Python strips as white space and a browser does not (a byte
0x1c, say) would make a comparison of the two fail by chance.
"""

from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from tests.unit.worker.tiny_model import VOCAB_SIZE, save_tokenizer

END_ID = 0
CONTEXT = 1024


def build_endless_model(directory: Path, *, width: int = 256, layers: int = 6) -> Path:
    """Save a random model, of the bundled one's size, that never draws a silenced token.

    Its numbers are small enough that `auto` rounds it as it does the bundled one, so that both run
    on the kernels that are compiled already.
    """
    tokenizer = save_tokenizer(directory)
    symbols = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    silenced = [id for id, symbol in enumerate(symbols) if id == END_ID or not _printable(symbol)]
    config = GPT2Config(
        vocab_size=VOCAB_SIZE,
        n_positions=CONTEXT,
        n_embd=width,
        n_head=4,
        n_layer=layers,
        initializer_range=0.1,
        bos_token_id=END_ID,
        eos_token_id=END_ID,
    )
    with torch.random.fork_rng():
        torch.manual_seed(21)
        model = GPT2LMHeadModel(config)
    with torch.no_grad():
        # One dimension of the last hidden state is a constant that only these tokens score by.
        model.transformer.ln_f.weight[0] = 0
        model.transformer.ln_f.bias[0] = 25
        model.transformer.wte.weight[:, 0] = 0
        model.transformer.wte.weight[silenced + list(range(len(tokenizer), VOCAB_SIZE)), 0] = -4
    model.save_pretrained(directory)
    return directory


def _printable(symbol: str) -> bool:
    """Whether a symbol of the byte alphabet, where \u0120 is a space, is printable ASCII."""
    return symbol.replace("\u0120", " ").isascii() and symbol.replace("\u0120", " ").isprintable()
