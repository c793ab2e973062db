"""What a job would be like: what the model would read, and when the story would begin."""

from pydantic import Field

from shared.contract import Contract
from shared.jobs import Eta


class PromptTokens(Contract):
    """How many tokens of the prompt each part takes; together they are the prompt's."""

    instruction: int = Field(description="the template with the controls and the seed")
    memory: int
    story: int = Field(description="the story so far, as much of it as fits, or the raw prompt")
    author_note: int


class Quote(Contract):
    """The answer to `?dry_run=true`: nothing is written, and nothing enqueued."""

    model: str
    prompt: str = Field(description="exactly what the model would read")
    tokens: PromptTokens
    dropped_chars: int = Field(description="the story's beginning that does not fit any more")
    room: int = Field(description="most tokens that could be written")
    context_length: int
    position: int = Field(description="jobs that would run before this one")
    eta_seconds: Eta | None
