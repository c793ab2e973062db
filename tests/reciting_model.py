"""A GPT-2 that recites one text over and over, so that tests choose what a model writes.

Its layers do nothing: the position alone, scaled far above the word, points at the next token.
"""

from itertools import pairwise
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from tests.unit.worker.tiny_model import VOCAB_SIZE, save_tokenizer

CONTEXT = 1024
HEADS = 4
LOUD = 100.0


def build_reciting_model(directory: Path, text: str) -> Path:
    """Save it. What it writes begins anywhere in the text: where, the prompt's length decides."""
    ids = save_tokenizer(directory).encode(text)
    width = HEADS * -(-len(ids) // HEADS)
    config = GPT2Config(
        vocab_size=VOCAB_SIZE,
        n_positions=CONTEXT,
        n_embd=width,
        n_head=HEADS,
        n_layer=1,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(1.0 if "ln_" in name and name.endswith("weight") else 0.0)
        for place, (_, token) in enumerate(pairwise([*ids, ids[0]])):
            model.transformer.wte.weight[token, place] = LOUD
        for position in range(CONTEXT):
            model.transformer.wpe.weight[position, position % len(ids)] = LOUD**2
    model.save_pretrained(directory)
    return directory
