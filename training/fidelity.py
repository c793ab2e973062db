"""Whether stories are about their seeds: `python -m training.fidelity --model DIR`.

Writes a story for every seed of the own tales' test split, and judges by rule: is the seed's main
word in the story, how often is the next seed's (chance), is the point of view kept, did it end.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel

from training.lexicon import word_set
from training.own_tales import OwnTale, Split, read_own_tales
from training.readability import words_of
from training.sample import Sample, is_told_from, write
from training.tokenizer import load_tokenizer

NOT_A_SUBJECT = word_set("""
    the and for his her how him its two three one who was has had not but out off all nobody
    are called came went four broke black sleep gets lost asks asked each that with from into
    have must every while when what where which their there about after before over under they
    them then than this will would could should does only same more most very much never
    always until because wants finds keeps goes comes made make makes through other between
    last first next year years night morning evening
""")


@dataclass(frozen=True, slots=True)
class Judgement:
    about_seed: bool
    about_foreign_seed: bool
    point_of_view: bool
    ended: bool


def stems(text: str) -> list[str]:
    """Words as counted here: `bakers`, `baker's` and `baker` are one."""
    return [word.removesuffix("'s").rstrip("s") for word in words_of(text)]


def main_word(tale: OwnTale) -> str:
    """Of the seed's words, the one that its author used most in the tale."""
    told = stems(tale.text)
    wanted = [w for w in words_of(tale.seed) if len(w) > 2 and w not in NOT_A_SUBJECT]
    return max(stems(" ".join(wanted)), key=lambda word: len(word) > 2 and told.count(word))


def judge(tale: OwnTale, foreign: OwnTale, sample: Sample) -> Judgement:
    told = set(stems(sample.text))
    return Judgement(
        about_seed=main_word(tale) in told,
        about_foreign_seed=main_word(foreign) in told,
        point_of_view=is_told_from(tale.controls.pov, sample.text),
        ended=sample.ended,
    )


def report(judgements: list[Judgement]) -> str:
    counts = {
        "seed's main word in the story": sum(j.about_seed for j in judgements),
        "a foreign seed's main word": sum(j.about_foreign_seed for j in judgements),
        "point of view kept": sum(j.point_of_view for j in judgements),
        "ended by itself": sum(j.ended for j in judgements),
    }
    return "".join(f"{name}: {count} of {len(judgements)}\n" for name, count in counts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    arguments = parser.parse_args()
    tokenizer = load_tokenizer(arguments.model)
    model = GPT2LMHeadModel.from_pretrained(arguments.model, dtype=torch.float32)
    tales = list(read_own_tales(Split.TEST))
    judgements = list[Judgement]()
    for number, tale in enumerate(tales):
        sample = write(model, tokenizer, tale.seed, tale.controls, number)
        foreign = tales[(number + 1) % len(tales)]
        judgements.append(judge(tale, foreign, sample))
        sys.stdout.write(
            f"## {tale.seed}\n{main_word(tale)}: {judgements[-1]}\n\n{sample.text}\n\n"
        )
        sys.stdout.flush()
    sys.stdout.write(report(judgements))


if __name__ == "__main__":
    main()
