"""A GPT-2 that never ends a story by itself, so that tests can break it in the middle."""

from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from tests.unit.worker.tiny_model import VOCAB_SIZE, save_tokenizer

END_ID = 0
CONTEXT = 1024


def build_endless_model(directory: Path) -> Path:
    """Save a random model of the bundled one's size whose end-of-text token is never drawn."""
    save_tokenizer(directory)
    config = GPT2Config(
        vocab_size=VOCAB_SIZE,
        n_positions=CONTEXT,
        n_embd=256,
        n_head=4,
        n_layer=6,
        initializer_range=0.2,
        bos_token_id=END_ID,
        eos_token_id=END_ID,
    )
    with torch.random.fork_rng():
        torch.manual_seed(21)
        model = GPT2LMHeadModel(config)
    with torch.no_grad():
        # Its score is then 0, below the fifty best of the others.
        model.transformer.wte.weight[END_ID] = 0
    model.save_pretrained(directory)
    return directory
