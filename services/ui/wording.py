"""What the page and the terminal say about a story and about errors, in plain words.

Plain text only: escaping is the work of whoever shows it.
"""

from collections.abc import Sequence

from services.ui.codes import UiCode
from services.ui.story import Phase, Story
from shared.client.errors import ApiError, ClientCode, FieldProblem
from shared.errors import ErrorCode
from shared.jobs import Eta
from shared.library import PassageView
from shared.schemas import FinishReason

_ENDINGS = {
    # By itself or by a stop string; by the tokens asked for or by the model's context.
    FinishReason.STOP: "came to its end",
    FinishReason.LENGTH: "reached its limit",
    FinishReason.CANCELLED: "stopped",
    FinishReason.DEADLINE: "ran out of time",
    FinishReason.ERROR: "ended by an error",
}

_LABELS = {
    "pov": "Point of view",
    "max_new_tokens": "Max tokens",
    "stop": "Stop strings",
    "seed_pull": "Pull toward the seed",
    "end_at_sentence": "End at a sentence",
    "keep_length": "Keep to the length",
}

SILENT_SECONDS = 3.0
"""A live worker writes several tokens a second; a dead one's lease runs out about now."""
WAITING_TO_GO_ON = "Waiting to go on…"
UNSERVED = "no live worker serves its model; it waits until one comes"

_TOLD: dict[str, str] = {
    ClientCode.UNREACHABLE: "The service cannot be reached.",
    ErrorCode.VERSION_STALE: "Somebody changed this story meanwhile.",
    ErrorCode.KEY_REQUIRED: "The service lets nobody in without a key.",
    ErrorCode.TOO_MANY_REQUESTS: "Too many stories were asked for within a minute.",
    ErrorCode.TOO_MANY_JOBS: "Too many of your stories are under way.",
    ErrorCode.TOO_MANY_STREAMS: "Too many of your stories are followed at once.",
}
_ANSWERED: dict[str, str] = {
    ErrorCode.UNKNOWN_JOB: "There is no such story.",
    ErrorCode.BODY_TOO_LARGE: "This is too long to be sent in one piece: divide it.",
}
"""What the service says, and nobody else under the same code."""
_ADVICE: dict[str, str] = {
    ClientCode.UNREACHABLE: "What is written is safe. Check that the service is running, then try "
    "again.",
    ClientCode.STALLED: "The story may go on being written. Try again in a moment.",
    ClientCode.GAP: "Try again: the story is read anew from its beginning.",
    ClientCode.TEXT_MISMATCH: "Try again: the story is read anew from its beginning.",
    UiCode.FORGOTTEN: "What you typed is back. If you pressed a button, press it once more.",
    ErrorCode.KEY_REQUIRED: "Whoever runs this service has to set API_KEY to one of its keys.",
    ErrorCode.KEY_INVALID: "Whoever runs this service has to set API_KEY to a key that is valid.",
    ErrorCode.SCOPE_MISSING: "Whoever runs this service can make a key that allows it.",
    ErrorCode.STREAM_TOKEN_INVALID: "Open the story again.",
    ErrorCode.HOST_REFUSED: "Whoever runs this service can add that name to HOST_NAMES.",
    ErrorCode.ORIGIN_REFUSED: "Whoever runs this service can add that site to CORS_ORIGINS.",
    ErrorCode.TOO_MANY_TOKENS: "Ask for fewer tokens, or for a shorter story.",
    ErrorCode.TOO_MANY_REQUESTS: "Wait a moment, then try again.",
    ErrorCode.TOO_MANY_JOBS: "Wait until one of your stories is written, or stop one.",
    ErrorCode.TOO_MANY_STREAMS: "Close another story that is being written, then try again.",
    ErrorCode.QUEUE_FULL: "Many people have stories written right now. Wait a while, then try "
    "again.",
    ErrorCode.STREAMS_FULL: "Many people read right now. Wait a moment, then try again.",
    ErrorCode.MODEL_UNAVAILABLE: "Start a worker for this model, or wait a moment and try again.",
    ErrorCode.MODEL_NOT_FOUND: "Ask for a model that is served.",
    ErrorCode.STORE_UNAVAILABLE: "This usually passes. Wait a moment and try again.",
    ErrorCode.SERVER_LEAVING: "This usually passes. Wait a moment and try again.",
    ErrorCode.SERVER_STOPPING: "This usually passes. Wait a moment and try again.",
    ErrorCode.LIBRARY_UNAVAILABLE: "This usually passes. Wait a moment and try again.",
    ErrorCode.LIBRARY_OUTDATED: "Try again once that is done.",
    ErrorCode.CONTEXT_EXCEEDED: "Shorten the seed or the constraints, or ask for fewer tokens.",
    ErrorCode.EXPLICIT_CONTENT: "Say it in other words, or leave the constraint out.",
    ErrorCode.UNKNOWN_JOB: "Check the address, or write a new story.",
    ErrorCode.EVENTS_GONE: "Look in the library: its text is kept.",
    ErrorCode.UNKNOWN_STORY: "Check the address, look in the library, or write a new story.",
    ErrorCode.UNKNOWN_PASSAGE: "Open the story again and choose a passage that is there.",
    ErrorCode.UNFINISHED: "Wait until it is written, or stop it first.",
    ErrorCode.VERSION_REQUIRED: "Open the story again, then make your change.",
    ErrorCode.VERSION_STALE: "It is shown as it is now, and nothing that you typed is lost: "
    "look at it, then send yours again.",
    ErrorCode.UNKNOWN_WORKER: "It has ended already. Look at the list of workers again.",
    ErrorCode.NO_REPORT: "Evaluate the model, then start its workers again.",
    ErrorCode.NO_OPINION: "Say what you think of it first.",
    ErrorCode.NOT_IN_DEVELOPMENT: "Start the service with make up, or set DEVELOPMENT=true.",
    ErrorCode.TOO_MANY_ATTEMPTS: "Write it again, perhaps with another seed or fewer tokens.",
    ErrorCode.EXPIRED: "Write it again with more time, or when less is waiting.",
    ErrorCode.CANCELLED: "Ask for it again.",
    ErrorCode.KEY_REUSED: "Send it again.",
    ErrorCode.UNVERIFIABLE: "Verify a story that came to its end.",
    ErrorCode.VERIFICATION_SLOW: "Try again when fewer stories wait.",
    ErrorCode.GENERATION_FAILED: "Write it again, perhaps with another seed or fewer tokens.",
    ErrorCode.INTERNAL: "Try again; if it stays, the service's log says more.",
}


def told(error: ApiError) -> str:
    """What happened, in the words of those who write."""
    if error.status is not None and error.code in _ANSWERED:
        return _ANSWERED[error.code]
    return _TOLD.get(error.code, error.detail)


def advice(error: ApiError) -> str:
    """What to do about an error; empty where its own words say it all."""
    return _ADVICE.get(error.code, "")


def label(name: str) -> str:
    """What the form calls a field of the request."""
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def field_problem(problem: FieldProblem) -> str:
    """`sampling.max_new_tokens` becomes `Max tokens`; an index in a list is left out."""
    names = [part for part in problem.field.split(".") if not part.isdecimal()]
    return f"{label(names[-1] if names else 'request')}: {problem.message}"


def error_line(error: ApiError) -> str:
    """An error on one line."""
    fields = "; ".join(field_problem(problem) for problem in error.fields)
    return " ".join(_sentence(part) for part in (told(error), fields, advice(error)) if part)


def place_in_queue(position: int | None, eta: Eta | None) -> str:
    """`position` is the number of stories that run before this one."""
    if not position:
        place = "next in line"
    elif position == 1:
        place = "one story runs before this one"
    else:
        place = f"{position} stories run before this one"
    if eta is None:
        return place
    low, high = round(eta.p50), round(eta.p90)
    return f"{place} · {low}–{high} s" if low < high else f"{place} · about {max(high, 1)} s"


def status(story: Story) -> str:
    """Where the story stands, in one line; an error's own words are not in it."""
    match story.phase:
        case Phase.OPENING:
            return "Opening the story…"
        case Phase.QUEUED if not story.is_served:
            return f"Waiting: {UNSERVED}"
        case Phase.QUEUED if story.tokens:
            return WAITING_TO_GO_ON
        case Phase.QUEUED:
            return f"Waiting: {place_in_queue(story.position, story.eta)}"
        case Phase.WRITING if story.is_resuming:
            return "Writing, picked up again by another worker"
        case Phase.WRITING:
            return "Writing…"
    return _ending(story)


def status_now(story: Story, trouble: ApiError | None, silent_seconds: float) -> tuple[str, str]:
    """The same with what is known of the connection, and the colour of the dot beside it."""
    if trouble is not None and not story.phase.is_final:
        return f"Connection lost, trying again… {told(trouble)}", "waiting"
    if story.phase is Phase.WRITING and silent_seconds > SILENT_SECONDS:
        return WAITING_TO_GO_ON, "waiting"
    return status(story), story.phase.value


def picked_up(story: Story, words_before: int = 0) -> str:
    """Where other workers went on, counted in words from the page's first; empty if none did."""
    words = [
        str(words_before + len(story.text[: each.characters].split())) for each in story.pickups
    ]
    if words:
        return f"Picked up again by another worker at word {' and at word '.join(words)}."
    if story.phase is Phase.DONE and story.job is not None and story.job.attempts > 1:
        # A reader that came later was told how often, but not where.
        return "Picked up again by another worker on its way."
    return ""


def length(path: Sequence[PassageView]) -> str:
    """Of the whole text that these passages make."""
    words = len("".join(each.text for each in path).split())
    return f"{_count(words, 'word')} in {_count(len(path), 'passage')}"


def at_rest(text: str) -> str:
    """Of a passage that no job writes."""
    return f"Ready · {_count(len(text.split()), 'word')}"


def _ending(story: Story) -> str:
    match story.phase:
        case Phase.DONE:
            return f"Done · {summary(story)}"
        case Phase.STOPPED:
            return f"Stopped · {summary(story)}"
        case Phase.FAILED if not story.text:
            return "The story could not be written."
        case Phase.FAILED:
            return f"Failed · {summary(story)}"
        case Phase.LOST if not story.text:
            return "The story cannot be shown."
    return "The story could not be followed any further."


def summary(story: Story) -> str:
    parts = [_count(story.words, "word"), _count(story.tokens, "token")]
    if story.seconds is not None:
        parts.append(f"{story.seconds:.1f} s")
    if story.seed is not None:
        parts.append(f"seed {story.seed}")
    if story.finish_reason is not None:
        parts.append(_ENDINGS[story.finish_reason])
    return " · ".join(parts)


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
