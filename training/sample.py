"""Writes stories for a fixed set of requests: `python -m training.sample --model DIR`.

Prints them unedited, each with what can be checked by rule: whether it ended by itself, whether the
point of view is the one asked for, and which words of the seed come back.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from shared.prompts import build_prompt
from shared.schemas import Genre, Length, PointOfView, StoryControls, Style
from training.controls import QUOTED
from training.lexicon import FIRST_PERSON, word_set
from training.readability import words_of
from training.tokenizer import load_tokenizer


class Request(NamedTuple):
    seed: str
    genre: Genre
    pov: PointOfView
    style: Style
    length: Length


FIRST, THIRD = PointOfView.FIRST, PointOfView.THIRD
REQUESTS = (
    Request(
        "A lighthouse keeper who hears mysterious music from the sea",
        Genre.FANTASY, THIRD, Style.CLASSIC_FAIRYTALE, Length.SHORT,
    ),
    Request(
        "A lighthouse keeper who hears mysterious music from the sea",
        Genre.MYSTERY, FIRST, Style.CLASSIC_FAIRYTALE, Length.MEDIUM,
    ),
    Request(
        "A fisherman and a golden fish",
        Genre.FANTASY, THIRD, Style.FOLK_TALE, Length.SHORT,
    ),
    Request(
        "A young fox who is afraid of the dark",
        Genre.FABLE, THIRD, Style.BEDTIME_STORY, Length.SHORT,
    ),
    Request(
        "An old clockmaker finds a silver key in the snow",
        Genre.MYSTERY, FIRST, Style.POETIC, Length.SHORT,
    ),
    Request(
        "A princess, a witch and a dragon",
        Genre.ADVENTURE, THIRD, Style.CLASSIC_FAIRYTALE, Length.MEDIUM,
    ),
    Request(
        "A poor woodcutter who had three daughters",
        Genre.ROMANCE, THIRD, Style.FOLK_TALE, Length.LONG,
    ),
    Request(
        "The tailor and the talking cat",
        Genre.COMEDY, THIRD, Style.MODERN, Length.SHORT,
    ),
    Request(
        "Something walks in the empty house at night",
        Genre.HORROR, FIRST, Style.FOLK_TALE, Length.SHORT,
    ),
    Request(
        "A robot who wants to learn to paint",
        Genre.FANTASY, THIRD, Style.MODERN, Length.MEDIUM,
    ),
    Request(
        "Two brothers set out to see the world",
        Genre.ADVENTURE, THIRD, Style.CLASSIC_FAIRYTALE, Length.SHORT,
    ),
    Request(
        "A lonely astronaut on the moon",
        Genre.ROMANCE, FIRST, Style.POETIC, Length.SHORT,
    ),
)  # fmt: skip
SMALL_WORDS = word_set("a an the and who is of in at on to from had that out set")


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    tokens: int
    ended: bool


@torch.inference_mode()
def write(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerFast,
    seed: str,
    controls: StoryControls,
    random_seed: int,
) -> Sample:
    torch.manual_seed(random_seed)
    prompt = tokenizer(build_prompt(seed, controls), return_tensors="pt")
    output = torch.as_tensor(
        model.generate(  # type: ignore[misc]
            **prompt,
            max_new_tokens=controls.length.token_budget,
            do_sample=True,
            temperature=0.8,
            top_k=50,
            top_p=0.95,
            repetition_penalty=1.1,
        )
    )
    story = output[0, prompt.input_ids.shape[1] :]
    text = "".join(tokenizer.decode(story, skip_special_tokens=True))
    return Sample(text, len(story), int(story[-1]) == tokenizer.eos_token_id)


def is_told_from(pov: PointOfView, text: str) -> bool:
    """Whether more than one narrated word in fifty is of the first person, or not."""
    narrated = words_of(QUOTED.sub(" ", text))
    first = sum(word in FIRST_PERSON for word in narrated) > 0.02 * len(narrated)
    return first == (pov is PointOfView.FIRST)


def echoed(seed: str, text: str) -> str:
    wanted = [word for word in words_of(seed) if word not in SMALL_WORDS]
    found = [word for word in wanted if word in set(words_of(text))]
    return f"{len(found)}/{len(wanted)} ({', '.join(found)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    arguments = parser.parse_args()
    tokenizer = load_tokenizer(arguments.model)
    model = GPT2LMHeadModel.from_pretrained(arguments.model, dtype=torch.float32)
    for number, (seed, genre, pov, style, length) in enumerate(REQUESTS):
        controls = StoryControls(genre=genre, pov=pov, style=style, length=length)
        sample = write(model, tokenizer, seed, controls, number)
        sys.stdout.write(
            f"## {seed}\n{genre}, {pov}, {style}, {length}: {sample.tokens} tokens,"
            f" ended by itself {sample.ended}, point of view kept {is_told_from(pov, sample.text)},"
            f" seed echoed {echoed(seed, sample.text)}\n\n{sample.text}\n\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
