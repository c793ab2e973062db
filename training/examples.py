"""Cuts tales to examples: a prompt as the service writes it, and the story that answers it.

Knows lengths in tokens through `count` only; nothing of ids or batches.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.prompts import build_prompt
from shared.schemas import Length, PointOfView, StoryControls
from training import controls
from training.seeds import seed_for
from training.tales import Tale

Count = Callable[[str], int]
MIN_TOKENS = 60


@dataclass(frozen=True, slots=True)
class Example:
    prompt: str
    story: str


def examples_of(tale: Tale, count: Count, rng: random.Random) -> Iterator[Example]:
    """The tale's opening once for every length, then the rest of it in excerpts.

    Openings come back because stories are asked for from the beginning; a first-person passage
    comes twice because they are few.
    """
    yield from openings_of(tale, count, rng)
    rest = cut(tale.paragraphs, Length.LONG.token_budget - 1, count)[1]
    while rest := narrated(rest):
        length = rng.choice(list(Length))
        story, rest = cut(rest, length.token_budget - 1, count)
        yield from labelled(tale, story, length, None, rng)


def openings_of(tale: Tale, count: Count, rng: random.Random) -> Iterator[Example]:
    """The tale's opening once for every length; only once if it is short enough to be whole."""
    for length in Length:
        story, rest = cut(tale.paragraphs, length.token_budget - 1, count)
        yield from labelled(tale, story, length, None if tale.chapter else tale.title, rng)
        if not rest:
            return


def narrated(paragraphs: list[str]) -> list[str]:
    """Drop paragraphs until one that is not speech: nobody asks for a story that begins inside."""
    start = next((i for i, text in enumerate(paragraphs) if text[0] not in "\"('"), len(paragraphs))
    return paragraphs[start:]


def labelled(
    tale: Tale, story: str, length: Length, title: str | None, rng: random.Random
) -> Iterator[Example]:
    pov = controls.point_of_view(story)
    if pov is None or len(story) < 4 * MIN_TOKENS:
        return
    wanted = StoryControls(
        genre=controls.genre(tale, story),
        pov=pov,
        style=controls.style(tale),
        length=length,
        constraints=["avoid explicit content"] if rng.random() < 0.75 else [],
    )
    for _ in range(2 if pov is PointOfView.FIRST else 1):
        yield Example(build_prompt(seed_for(story, title, rng), wanted), story)


def cut(paragraphs: list[str], budget: int, count: Count) -> tuple[str, list[str]]:
    """Return what fits, cut after a paragraph or else a sentence, and the paragraphs left over."""
    taken, used = list[str](), 0
    for index, paragraph in enumerate(paragraphs):
        size = count(paragraph) + 2
        if used + size > budget:
            if used >= 0.6 * budget:
                return "\n\n".join(taken), paragraphs[index:]
            part, rest = cut_sentences(paragraph, budget - used, count)
            return "\n\n".join([*taken, part]).strip(), [*rest, *paragraphs[index + 1 :]]
        taken.append(paragraph)
        used += size
    return "\n\n".join(taken), []


def cut_sentences(paragraph: str, budget: int, count: Count) -> tuple[str, list[str]]:
    """Split a paragraph where its sentences reach the budget; a single huge one is dropped."""
    sentences = re.split(
        r'(?<=[.!?])(?<!Mr\.)(?<!Mrs\.)(?<!St\.)\s(?=["A-Z])|(?<=[.!?]")\s', paragraph
    )
    taken, used = list[str](), 0
    for sentence in sentences:
        used += count(sentence) + 1
        if used > budget:
            break
        taken.append(sentence)
    # An odd number of marks: the cut would fall into somebody's speech.
    while taken and " ".join(taken).count('"') % 2:
        taken.pop()
    rest = " ".join(sentences[max(1, len(taken)) :])
    return " ".join(taken), [rest] if rest else []
