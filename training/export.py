"""Writes a run's model as a Hugging Face directory: `python -m training.export --out DIR`.

Knows nothing of training; the model card is prose and is written by people.
"""

import argparse
import shutil
from pathlib import Path

import torch
from transformers import GenerationConfig, GPT2LMHeadModel

from training.recipe import Recipe
from training.tokenizer import load_tokenizer


def export(recipe: Recipe, state_file: Path, tokenizer_dir: Path, out: Path) -> None:
    tokenizer = load_tokenizer(tokenizer_dir)
    end = tokenizer.eos_token_id
    model = GPT2LMHeadModel(recipe.model.config(len(tokenizer), end))
    model.load_state_dict(torch.load(state_file, weights_only=True)["model"])
    model.config.use_cache = True
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        do_sample=True,
        temperature=0.8,
        top_k=50,
        top_p=0.95,
        repetition_penalty=1.1,
    )
    # The weights were only ever used in bfloat16 products; half the bytes, same stories.
    model.bfloat16().save_pretrained(out)
    # Readers include services that run as another user; safetensors writes for the owner alone.
    (out / "model.safetensors").chmod(0o644)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer_dir / name, out / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/configs/fairytale-mini.toml"))
    parser.add_argument("--run", type=Path, default=Path("var/training/fairytale-mini"))
    parser.add_argument("--tokenizer", type=Path, default=Path("var/training/tokenizer"))
    parser.add_argument(
        "--out", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    arguments = parser.parse_args()
    recipe = Recipe.load(arguments.config)
    export(recipe, arguments.run / "state.pt", arguments.tokenizer, arguments.out)


if __name__ == "__main__":
    main()
