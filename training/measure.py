"""Bits per byte of held-out stories: `python -m training.measure --model DIR --data DIR`.

Per byte, not per token, so that models with other tokenizers can be compared.
"""

import argparse
import math
import sys
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from training.dataset import Dataset
from training.rows import IGNORED
from training.tokenizer import load_tokenizer


@torch.inference_mode()
def bits_per_byte(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, data: Dataset
) -> float:
    """Given its prompt, the mean cost of a story, its end included, in bits per UTF-8 byte."""
    model.train(False)
    nats, size = 0.0, 0
    for index in range(len(data.starts)):
        tokens = torch.tensor(data.example(index).astype("int64"))
        prompt = int(data.stories[index] - data.starts[index])
        targets = tokens[1:].clone()
        targets[: prompt - 1] = IGNORED
        logits = model(tokens[None, :-1]).logits[0].float()
        nats += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
        size += len("".join(tokenizer.decode(tokens[prompt:-1])).encode())
    return nats / math.log(2) / size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    parser.add_argument("--data", type=Path, default=Path("var/training/data/held-out.npz"))
    arguments = parser.parse_args()
    tokenizer = load_tokenizer(arguments.model)
    model = GPT2LMHeadModel.from_pretrained(arguments.model, dtype=torch.float32)
    value = bits_per_byte(model, tokenizer, Dataset.load(arguments.data))
    sys.stdout.write(f"{value:.4f} bits per byte\n")


if __name__ == "__main__":
    main()
