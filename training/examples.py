"""Cuts tales to examples: a prompt as the service writes it, and the text that answers it.

Knows lengths in tokens through `count` only; nothing of ids or rows.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from shared.prompts import build_continuation, build_prompt
from shared.schemas import Length, StoryControls
from training import controls
from training.seeds import seed_for
from training.tales import Tale

Count = Callable[[str], int]
MIN_CHARS = 240
CONTINUED_TOKENS = 480


@dataclass(frozen=True, slots=True)
class Example:
    prompt: str
    story: str
    ends: bool
    """Whether the tale is over with the text, or goes on."""


def examples_of(tale: Tale, count: Count, rng: random.Random) -> Iterator[Example]:
    """The tale's opening under a prompt of its own, then the rest as continuations of itself."""
    title = None if tale.chapter else tale.title
    story, rest = part_of(tale.paragraphs, Length.LONG.token_budget - 1, count)
    yield from opening(tale, story, title=title, ends=not rest, count=count, rng=rng)
    while rest:
        story, rest = part_of(rest, CONTINUED_TOKENS, count)
        if len(story) < MIN_CHARS:
            continue
        yield continuation_of(story, ends=not rest)


def continuation_of(story: str, *, ends: bool) -> Example:
    """All of it is read and learned from: the prompt is only what tells it from a beginning."""
    return Example(build_continuation(""), story, ends)


def opening(
    tale: Tale, story: str, *, title: str | None, ends: bool, count: Count, rng: random.Random
) -> Iterator[Example]:
    """Nothing where the text leaves open who narrates, or is hardly a text."""
    pov = controls.point_of_view(story)
    if pov is None or len(story) < MIN_CHARS:
        return
    wanted = StoryControls(
        genre=controls.genre(tale, story),
        pov=pov,
        style=controls.style(tale),
        length=length_of(count(story) + 1),
        constraints=["avoid explicit content"] if rng.random() < 0.75 else [],
    )
    yield Example(build_prompt(seed_for(story, title, rng), wanted), story, ends)


def length_of(tokens: int) -> Length:
    """The shortest class that has room for so many tokens, the end token among them."""
    return next((length for length in Length if tokens <= length.token_budget), Length.LONG)


def part_of(paragraphs: list[str], budget: int, count: Count) -> tuple[str, list[str]]:
    """As `cut`, or into a speech that alone is longer; only a single huge sentence is dropped.

    The rest of a speech opens with a mark, as in print where it goes on after a paragraph.
    """
    story, rest = cut(paragraphs, budget, count)
    if story or not rest:
        return story, rest
    sentences = sentences_of(rest[0])
    taken = fitting(sentences, budget, count)
    gone = taken or sentences[:1]
    left = " ".join(sentences[len(gone) :])
    if left and is_in_speech(gone) and not left.startswith('"'):
        left = f'"{left}'
    return " ".join(taken), [left, *rest[1:]] if left else rest[1:]


def cut(paragraphs: list[str], budget: int, count: Count) -> tuple[str, list[str]]:
    """Return what fits, cut after a paragraph or else a sentence, and the paragraphs left over.

    Nothing fits where the first sentence or speech is longer: all are left over.
    """
    taken, used = list[str](), 0
    for index, paragraph in enumerate(paragraphs):
        size = count(paragraph) + 2
        if used + size > budget:
            if used >= 0.6 * budget:
                return "\n\n".join(taken), paragraphs[index:]
            part, rest = cut_sentences(paragraph, budget - used, count)
            parts = [*taken, part] if part else taken
            return "\n\n".join(parts), [*rest, *paragraphs[index + 1 :]]
        taken.append(paragraph)
        used += size
    return "\n\n".join(taken), []


def cut_sentences(paragraph: str, budget: int, count: Count) -> tuple[str, list[str]]:
    """Split a paragraph where its sentences reach the budget, before a speech that does not fit."""
    sentences = sentences_of(paragraph)
    taken = fitting(sentences, budget, count)
    while is_in_speech(taken):
        taken.pop()
    rest = " ".join(sentences[len(taken) :])
    return " ".join(taken), [rest] if rest else []


def sentences_of(paragraph: str) -> list[str]:
    return re.split(r'(?<=[.!?])(?<!Mr\.)(?<!Mrs\.)(?<!St\.)\s(?=["A-Z])|(?<=[.!?]")\s', paragraph)


def fitting(sentences: list[str], budget: int, count: Count) -> list[str]:
    """The sentences, from the first, for which the budget has room."""
    used = accumulate(count(sentence) + 1 for sentence in sentences)
    return [sentence for sentence, size in zip(sentences, used, strict=True) if size <= budget]


def is_in_speech(sentences: list[str]) -> bool:
    """Whether they end within somebody's speech: the number of marks is odd."""
    return " ".join(sentences).count('"') % 2 == 1
