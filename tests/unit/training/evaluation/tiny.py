"""A model directory of a few thousand parameters and a raw book for these tests."""

from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from training.tokenizer import sample_prompts, train_tokenizer

TALE = (
    "Once there was a baker who lost his bell. He looked in the oven and under the table. "
    '"Where is my bell?" he cried. A cat had it on her tail. So the baker laughed, and the cat '
    "rang for supper every evening."
)
BOOK = f"""\ufeffThe Project Gutenberg eBook of Some Tales

*** START OF THE PROJECT GUTENBERG EBOOK SOME TALES ***



SOME TALES

by Nobody




THE BELL

{TALE}

{TALE} Then the baker went to bed, and the cat went out to look at the moon over the mill.

{TALE}

*** END OF THE PROJECT GUTENBERG EBOOK SOME TALES ***
"""


def save_tiny_model(folder: Path, *, uniform: bool = False, context: int = 256) -> Path:
    """Random weights, or all zero: then every token is as likely as any other."""
    tokenizer = train_tokenizer([TALE, *sample_prompts()], 320)
    tokenizer.save_pretrained(folder)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=context,
        n_embd=16,
        n_layer=2,
        n_head=2,
        initializer_range=0.3,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = GPT2LMHeadModel(config)
    if uniform:
        for parameter in model.parameters():
            torch.nn.init.zeros_(parameter)
    model.save_pretrained(folder)
    return folder
