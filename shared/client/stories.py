"""The library: stories as trees of passages. Whoever changes one says which version was seen."""

from shared.client.calls import Call, fetching, handing_in, making, part, reading, sending
from shared.client.faces import Awaiting, Waiting, call
from shared.library import (
    Branching,
    Edit,
    FileFormat,
    NewStory,
    PassageView,
    Renaming,
    StoryPage,
    StoryView,
    Telling,
)
from shared.quotes import Quote


class StoryCalls:
    """Every one of them raises ApiError."""

    @call
    def create(
        self, new: NewStory, *, within: float | None = None, idempotency_key: str | None = None
    ) -> Call[StoryView]:
        return making(
            StoryView, "/v1/stories", body=new, within=within, idempotency_key=idempotency_key
        )

    @call
    def page(
        self,
        *,
        search: str | None = None,
        deleted: bool = False,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Call[StoryPage]:
        """Last changed first."""
        params = {"search": search, "deleted": deleted, "limit": limit, "cursor": cursor}
        return reading(StoryPage, "/v1/stories", params)

    @call
    def read(self, story_id: str, *, within: float | None = None) -> Call[StoryView]:
        return reading(StoryView, _path(story_id), within=within)

    @call
    def rename(self, story: StoryView, title: str) -> Call[StoryView]:
        """Raises pydantic.ValidationError for a title that is none."""
        body, version = Renaming(title=title), story.version
        return sending(StoryView, "PATCH", _path(story.id), body=body, version=version)

    @call
    def delete(self, story_id: str, *, version: int) -> Call[StoryView]:
        return sending(StoryView, "DELETE", _path(story_id), version=version)

    @call
    def restore(self, story_id: str) -> Call[StoryView]:
        return sending(StoryView, "POST", f"{_path(story_id)}/restore")

    @call
    def tell_on(
        self,
        story_id: str,
        passage_id: str,
        telling: Telling,
        *,
        idempotency_key: str | None = None,
    ) -> Call[PassageView]:
        """Go on from the passage: a child that a new job writes."""
        path = f"{_passage_path(story_id, passage_id)}/continue"
        return making(PassageView, path, body=telling, idempotency_key=idempotency_key)

    @call
    def retry(
        self,
        story_id: str,
        passage_id: str,
        telling: Telling,
        *,
        idempotency_key: str | None = None,
    ) -> Call[PassageView]:
        """Tell the passage again: a sibling that a new job writes."""
        path = f"{_passage_path(story_id, passage_id)}/retry"
        return making(PassageView, path, body=telling, idempotency_key=idempotency_key)

    @call
    def quote(self, story_id: str, passage_id: str, telling: Telling) -> Call[Quote]:
        """What `tell_on` would do, without doing it."""
        path = f"{_passage_path(story_id, passage_id)}/continue"
        return sending(Quote, "POST", path, body=telling, params={"dry_run": True})

    @call
    def branch(self, story: StoryView, passage_id: str, at: int) -> Call[PassageView]:
        """Leave the passage at a character: a sibling with the text up to there."""
        path = f"{_passage_path(story.id, passage_id)}/branch"
        body, version = Branching(at=at), story.version
        return sending(PassageView, "POST", path, body=body, version=version)

    @call
    def edit(self, story: StoryView, passage_id: str, edit: Edit) -> Call[PassageView]:
        """Write the passage anew: a sibling with this text, and what followed behind it."""
        path = f"{_passage_path(story.id, passage_id)}/edit"
        return sending(PassageView, "POST", path, body=edit, version=story.version)

    @call
    def export(
        self, story_id: str, form: FileFormat, *, passage_id: str | None = None
    ) -> Call[bytes]:
        params = {"format": form.value, "passage": passage_id}
        return fetching(f"{_path(story_id)}/export", params)

    @call
    def take_in(self, file: bytes) -> Call[StoryView]:
        """A story from an exported JSON file."""
        return handing_in(StoryView, "/v1/stories/import", file)


class Stories(StoryCalls, Waiting):
    pass


class AsyncStories(StoryCalls, Awaiting):
    pass


def _path(story_id: str) -> str:
    return f"/v1/stories/{part(story_id)}"


def _passage_path(story_id: str, passage_id: str) -> str:
    return f"{_path(story_id)}/passages/{part(passage_id)}"
