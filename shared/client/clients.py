"""The two clients of the service: one waits, the other is awaited. What they ask is the same."""

from typing import Self

from shared.client.jobs import AsyncJobs, Jobs
from shared.client.live import AsyncLiveStory, LiveStory
from shared.client.operations import AsyncOperations, Operations
from shared.client.opinions import AsyncOpinions, Opinions
from shared.client.settings import ClientSettings
from shared.client.stories import AsyncStories, Stories
from shared.client.transport import AsyncTransport, Session, Transport, no_session
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, StoryControls

RETRY_SECONDS = 30.0


class Client:
    """One pool of connections to one API. Safe to share between threads.

    Address and key are those of API_URL and API_KEY, in the environment or `.env`, unless they are
    given; `settings` stands for both and for every patience. A call that can be repeated safely is,
    with pauses that grow and that last `retry_seconds` altogether; a new job among them, since it
    carries a key of its own by which the service knows it again. Whoever asks for many readers
    names the one that it asks for by `session`; they then take turns.

    Raises pydantic.ValidationError for a setting that is not valid.
    """

    def __init__(
        self,
        api_url: str | None = None,
        *,
        api_key: str | None = None,
        settings: ClientSettings | None = None,
        retry_seconds: float = RETRY_SECONDS,
        session: Session = no_session,
    ) -> None:
        chosen = settings or _settings(api_url, api_key)
        self._transport = Transport(chosen, retry_seconds=retry_seconds, session=session)
        self.jobs = Jobs(self._transport)
        self.stories = Stories(self._transport)
        self.opinions = Opinions(self._transport)
        self.operations = Operations(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def write(
        self,
        story_seed: str,
        *,
        controls: StoryControls | None = None,
        sampling: SamplingParams | None = None,
        model: str | None = None,
    ) -> LiveStory:
        """Have a story written; it goes on whether or not it is read.

        Raises ApiError if it is refused, pydantic.ValidationError for a seed that is none. What
        else can be asked for is in `GenerateRequest`: `follow(jobs.create(request).id)`.
        """
        request = _request(story_seed, controls, sampling, model)
        return self.follow(self.jobs.create(request).id)

    def follow(self, job_id: str) -> LiveStory:
        """A story from its first word, whether it waits, is being written or has ended."""
        return LiveStory(self.jobs, job_id)


class AsyncClient:
    """The same for asyncio. Safe to share between tasks."""

    def __init__(
        self,
        api_url: str | None = None,
        *,
        api_key: str | None = None,
        settings: ClientSettings | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        chosen = settings or _settings(api_url, api_key)
        self._transport = AsyncTransport(chosen, retry_seconds=retry_seconds)
        self.jobs = AsyncJobs(self._transport)
        self.stories = AsyncStories(self._transport)
        self.opinions = AsyncOpinions(self._transport)
        self.operations = AsyncOperations(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def write(
        self,
        story_seed: str,
        *,
        controls: StoryControls | None = None,
        sampling: SamplingParams | None = None,
        model: str | None = None,
    ) -> AsyncLiveStory:
        """Have a story written; it goes on whether or not it is read. Raises as `Client.write`."""
        request = _request(story_seed, controls, sampling, model)
        return self.follow((await self.jobs.create(request)).id)

    def follow(self, job_id: str) -> AsyncLiveStory:
        """A story from its first word, whether it waits, is being written or has ended."""
        return AsyncLiveStory(self.jobs, job_id)


def _settings(api_url: str | None, api_key: str | None) -> ClientSettings:
    given = {"api_url": api_url, "api_key": api_key}
    return ClientSettings.model_validate({name: it for name, it in given.items() if it is not None})


def _request(
    story_seed: str,
    controls: StoryControls | None,
    sampling: SamplingParams | None,
    model: str | None,
) -> GenerateRequest:
    return GenerateRequest(
        story_seed=story_seed,
        controls=controls or StoryControls(),
        sampling=sampling or SamplingParams(),
        model=model,
    )
