"""The one place that turns controls and a story seed into the text that the model reads.

The API serves with it and training formats every example with it; a model that was trained on
another template does not understand this one, hence the version in every receipt.
"""

import bisect
import re
from collections.abc import Callable

from shared.raw_prompts import NO_TEMPLATE
from shared.schemas import GenerateRequest, StoryControls

TEMPLATE_VERSION = "1"
_FRAMES = re.compile(
    r"Instruction: You are an award-winning storyteller\.\n.*? Constraints:"
    r"|Instruction: Continue the story\.\nStory so far:"
)
_SENTENCE_END = r"[.!?…][\"'”’)]*"
_ENDED = re.compile(_SENTENCE_END + r"\Z")
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
_BOUNDARIES = (re.compile(r"\n\s*"), re.compile(_SENTENCE_END + r"\s+"), re.compile(r"\s+"))
"""Where a story may be cut, the best first: before a paragraph, a sentence, a word."""


def build_prompt(
    story_seed: str,
    controls: StoryControls,
    *,
    memory: str | None = None,
    author_note: str | None = None,
) -> str:
    """Return the prompt; it ends with a line break and the story starts on the next line.

    The model was trained on seeds and on nothing else, so what is to be remembered joins the seed.
    """
    constraints = ", ".join(controls.constraints) or "none"
    return (
        "Instruction: You are an award-winning storyteller.\n"
        f"Style: {controls.style}. POV: {controls.pov}. Length: {controls.length}. "
        f"Genre: {controls.genre}. Constraints: {constraints}.\n"
        f"Story seed: {_joined(story_seed, memory, author_note)}\n"
    )


def build_continuation(
    story_so_far: str, *, memory: str | None = None, author_note: str | None = None
) -> str:
    """Return the prompt under which a story goes on; what comes next follows its last character.

    The memory stands before the story, the note before its last paragraph: near enough to be heard.
    """
    front = f"{memory}\n\n" if memory else ""
    story = _with_note(story_so_far, author_note) if author_note else story_so_far
    return f"Instruction: Continue the story.\nStory so far: {front}{story}"


def frame_of(prompt: str) -> str:
    """What a prompt of the template has before the first word that its caller chose freely."""
    found = _FRAMES.match(prompt)
    return "" if found is None else found[0]


def prompt_for(request: GenerateRequest, story_so_far: str | None) -> str:
    """What the model reads for a request, with this much of its story so far."""
    if request.raw_prompt is not None:
        return request.raw_prompt
    assert request.story_seed is not None, "validated: a request has a seed or a raw prompt"
    if story_so_far is None:
        return build_prompt(
            request.story_seed,
            request.controls,
            memory=request.memory,
            author_note=request.author_note,
        )
    return build_continuation(story_so_far, memory=request.memory, author_note=request.author_note)


def template_version(request: GenerateRequest) -> str:
    """Of what `prompt_for` writes."""
    return TEMPLATE_VERSION if request.raw_prompt is None else NO_TEMPLATE


def shorten(story: str, fits: Callable[[str], bool]) -> str:
    """Drop as much from the front as is needed to fit: the same for the same story and measure.

    Whole paragraphs if at least half of what fits is left, else sentences, else words.
    """
    if fits(story):
        return story
    cut = bisect.bisect_left(range(len(story)), True, key=lambda start: fits(story[start:]))
    furthest = (cut + len(story)) // 2
    for boundary in _BOUNDARIES:
        for match in boundary.finditer(story, cut):
            if match.end() > furthest:
                break
            # A shorter text can have more tokens, if its first word is another one.
            if fits(story[match.end() :]):
                return story[match.end() :]
    return story[cut:]


def _joined(story_seed: str, *more: str | None) -> str:
    """Sentences on one line."""
    line = story_seed
    for part in filter(None, more):
        stop = "" if _ENDED.search(line) else "."
        line = f"{line}{stop} {' '.join(part.split())}"
    return line


def _with_note(story: str, note: str) -> str:
    written = len(story.rstrip())
    *_, last = [None, *_PARAGRAPH_BREAK.finditer(story, 0, written)]
    if last is None or not story[: last.start()].strip():
        return f"[{note}]\n\n{story}"
    return f"{story[: last.start()]}\n\n[{note}]\n\n{story[last.end() :]}"
