"""What has been told of a story so far, as whoever asked for it sees it. Sends nothing."""

from shared.client.errors import BrokenStoryError, ClientCode, StoryFailedError
from shared.events import ErrorEvent, Event, TokenEvent
from shared.jobs import JobView
from shared.schemas import JobStatus


class Told:
    def __init__(self) -> None:
        self.text = ""

    def piece(self, event: Event) -> str:
        """The text that the event adds. Raises StoryFailedError if it is the story's failure."""
        if isinstance(event, ErrorEvent):
            raise StoryFailedError(event.code, event.detail)
        if not isinstance(event, TokenEvent):
            return ""
        self.text += event.text
        return event.text

    def checked(self, job: JobView) -> JobView:
        """The ended job, whose text is that of its tokens. Raises as the story ended."""
        if job.error is not None:
            raise StoryFailedError(job.error.code, job.error.detail)
        # Of a story that was stopped, a Redis that lost it may keep less than its readers saw.
        if job.status is JobStatus.SUCCEEDED and job.text != self.text:
            detail = "The stored story is not the one that was told."
            raise BrokenStoryError(ClientCode.TEXT_MISMATCH, detail)
        return job
