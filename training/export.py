"""Writes a trained model as the directory that the worker serves:
`python -m training.export --run DIR --out DIR`.

Knows nothing of training; the model card is the evaluation's (`training.evaluation.card`).
"""

import argparse
from pathlib import Path

from transformers import GenerationConfig, GPT2LMHeadModel

from training.given import FINISHED
from training.tokenizer import load_tokenizer


def export(model_dir: Path, tokenizer_name: str, out: Path) -> None:
    """Write weights in bfloat16, configuration, generation defaults and tokenizer to `out`."""
    tokenizer = load_tokenizer(tokenizer_name)
    end = tokenizer.eos_token_id
    model = GPT2LMHeadModel.from_pretrained(model_dir)
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
    tokenizer.save_pretrained(out)


def last_lesson(run: Path) -> Path:
    """The weights of the last lesson that is over.

    :raises FileNotFoundError: no lesson of this run is over yet.
    """
    finished = sorted(
        run.glob(f"*/{FINISHED}"), key=lambda path: int(path.parent.name.split("-")[0])
    )
    if not finished:
        raise FileNotFoundError(f"no lesson in {run} is over yet")
    return finished[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("var/training/runs/fairytale-mini"))
    parser.add_argument("--tokenizer", default="var/training/tokenizer", help="directory or name")
    parser.add_argument("--out", type=Path, default=Path("var/training/models/fairytale-mini"))
    arguments = parser.parse_args()
    export(last_lesson(arguments.run), arguments.tokenizer, arguments.out)


if __name__ == "__main__":
    main()
