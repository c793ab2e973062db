"""What is known of the story that a job tells: from its reader while it runs, else from its record.

Knows the tab's readers, not how anything is drawn.
"""

from services.ui import wording
from services.ui.following.parts import Followed
from services.ui.following.sight import Look, Sight
from services.ui.state import PageState, api_client, read_anew, reader_of
from services.ui.story import Phase, Story
from services.ui.writing import tree
from services.ui.writing.opening import PATIENCE_SECONDS
from shared.client.errors import ApiError
from shared.errors import ErrorCode
from shared.library import PassageView, StoryView
from shared.schemas import JobStatus

_FORGOTTEN = ApiError(
    ErrorCode.UNKNOWN_JOB, "The service no longer knows what became of this passage."
)


def follow(state: PageState, job_id: str) -> Story:
    """As the tab's reader has heard it so far."""
    state.followed.add(job_id)
    return reader_of(job_id).story


def follow_anew(state: PageState, job_id: str) -> None:
    read_anew(job_id)
    state.followed.discard(job_id)


def followed(
    state: PageState, job_id: str | None, story: Story, look: Look | None = None
) -> Followed:
    """A passage's story as it is shown; its job, if it has one, tells the rest."""
    look = look or Look()
    if job_id is None:
        at_rest = wording.at_rest(story.text)
        return Followed(Sight(story.text, status=at_rest, colour="done", is_over=True))
    reader = reader_of(job_id) if job_id in state.followed else None
    sight = Sight.of(
        story,
        look,
        trouble=reader.trouble if reader else None,
        silent_seconds=reader.silent_seconds if reader else 0,
    )
    return Followed(sight, job_id, look)


def story_of(state: PageState, story: StoryView, passage: PassageView) -> Story:
    job_id = tree.job_of(story, passage)
    if job_id is None:
        return Story(phase=Phase.DONE, text=passage.text)
    ended = passage.status is not None and passage.status.is_terminal
    if job_id in state.followed or not ended:
        told = follow(state, job_id)
        # The first look at a reader comes before its first event.
        return told if len(told.text) >= len(passage.text) else told.reading(passage.text)
    if job_id not in state.told:
        told = _record(job_id, passage)
        if told.job is None:
            return told
        state.told[job_id] = told
    return state.told[job_id]


def _record(job_id: str, passage: PassageView) -> Story:
    """Of an ended job. The passage has its text, whoever remembers the job."""
    if passage.status is JobStatus.EXPIRED:
        return Story(phase=Phase.FAILED, text=passage.text, error=_FORGOTTEN)
    try:
        return Story.ended(api_client().jobs.read(job_id, within=PATIENCE_SECONDS))
    except ApiError:
        return Story(phase=Phase.DONE, text=passage.text)
