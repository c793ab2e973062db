"""The one place that turns controls and a story seed into the text that the model reads.

The API serves with it and training formats every example with it; a model that was trained on
another template does not understand this one, hence the version in every receipt.
"""

import bisect
import re
from collections.abc import Callable

from shared.schemas import StoryControls

TEMPLATE_VERSION = "1"
_BOUNDARIES = (re.compile(r"\n\s*"), re.compile(r"[.!?…][\"'”’)]*\s+"), re.compile(r"\s+"))
"""Where a story may be cut, the best first: before a paragraph, a sentence, a word."""


def build_prompt(story_seed: str, controls: StoryControls) -> str:
    """Return the prompt; it ends with a line break and the story starts on the next line."""
    constraints = ", ".join(controls.constraints) or "none"
    return (
        "Instruction: You are an award-winning storyteller.\n"
        f"Style: {controls.style}. POV: {controls.pov}. Length: {controls.length}. "
        f"Genre: {controls.genre}. Constraints: {constraints}.\n"
        f"Story seed: {story_seed}\n"
    )


def build_continuation(story_so_far: str) -> str:
    """Return the prompt under which a story goes on; what comes next follows its last character."""
    return f"Instruction: Continue the story.\nStory so far: {story_so_far}"


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
