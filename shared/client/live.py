"""One story, as whoever asked for it sees it: its words as they come, then what proves them."""

from typing import Self

from shared.client.jobs import AsyncJobs, Jobs
from shared.client.told import Told
from shared.jobs import JobView, Verification


class LiveStory:
    """Iterate it for its text, piece by piece; go on later, or ask for the `result()`.

    Everything raises ApiError: UnavailableError after a long silence, whereupon one may ask again;
    BrokenStoryError if what arrived is not what was written; StoryFailedError if the story did.
    """

    def __init__(self, jobs: Jobs, job_id: str) -> None:
        self.id = job_id
        self._jobs = jobs
        self._told = Told()
        self._watch = jobs.watch(job_id)
        self._events = iter(self._watch)

    @property
    def text(self) -> str:
        """As far as it was iterated."""
        return self._told.text

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        try:
            for event in self._events:
                piece = self._told.piece(event)
                if piece:
                    return piece
        except BaseException:  # Whatever breaks a generator off, a timeout too, ends it for good.
            self._events = iter(self._watch)
            raise
        raise StopIteration

    def result(self) -> JobView:
        """Wait for the end: the job with its whole text, its usage in tokens and its receipt.

        A story that was cancelled has neither receipt nor error, and the text up to there.
        """
        for _ in self:
            pass
        return self._told.checked(self._jobs.read(self.id))

    def cancel(self) -> JobView | None:
        """Ask for the end before the next token; without effect on a story that has ended.

        None to a key that may write, and not read.
        """
        return self._jobs.cancel(self.id)

    def verify(self) -> Verification:
        """Wait for the end, then have the story told again and compared token by token."""
        self.result()
        return self._jobs.verify(self.id)


class AsyncLiveStory:
    """The same for asyncio."""

    def __init__(self, jobs: AsyncJobs, job_id: str) -> None:
        self.id = job_id
        self._jobs = jobs
        self._told = Told()
        self._watch = jobs.watch(job_id)
        self._events = aiter(self._watch)

    @property
    def text(self) -> str:
        """As far as it was iterated."""
        return self._told.text

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            async for event in self._events:
                piece = self._told.piece(event)
                if piece:
                    return piece
        except BaseException:
            self._events = aiter(self._watch)
            raise
        raise StopAsyncIteration

    async def result(self) -> JobView:
        """Wait for the end: the job with its whole text, its usage in tokens and its receipt.

        A story that was cancelled has neither receipt nor error, and the text up to there.
        """
        async for _ in self:
            pass
        return self._told.checked(await self._jobs.read(self.id))

    async def cancel(self) -> JobView | None:
        """Ask for the end before the next token; without effect on a story that has ended.

        None to a key that may write, and not read.
        """
        return await self._jobs.cancel(self.id)

    async def verify(self) -> Verification:
        """Wait for the end, then have the story told again and compared token by token."""
        await self.result()
        return await self._jobs.verify(self.id)
