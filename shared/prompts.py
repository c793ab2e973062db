"""The one place that turns controls and a story seed into the text that the model reads.

The API serves with it and training formats every example with it; a model that was trained on
another template does not understand this one, hence the version in every receipt.
"""

from shared.schemas import StoryControls

TEMPLATE_VERSION = "1"


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
