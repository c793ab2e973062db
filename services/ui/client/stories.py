"""The library: stories as trees of passages. Whoever changes one says which version was seen."""

from dataclasses import dataclass

from services.ui.client.transport import Transport, part
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


@dataclass(frozen=True, slots=True)
class StoryCalls:
    transport: Transport

    def create(self, new: NewStory, *, within: float | None = None) -> StoryView:
        return self.transport.make(StoryView, "/v1/stories", body=new, within=within)

    def page(
        self,
        *,
        search: str | None = None,
        deleted: bool = False,
        limit: int = 20,
        cursor: str | None = None,
    ) -> StoryPage:
        """Last changed first."""
        params = {"search": search, "deleted": deleted, "limit": limit, "cursor": cursor}
        return self.transport.get(StoryPage, "/v1/stories", params)

    def read(self, story_id: str, *, within: float | None = None) -> StoryView:
        return self.transport.get(StoryView, _path(story_id), within=within)

    def rename(self, story: StoryView, title: str) -> StoryView:
        return self.transport.send(
            StoryView,
            "PATCH",
            _path(story.id),
            body=Renaming(title=title),
            version=story.version,
        )

    def delete(self, story_id: str, *, version: int) -> StoryView:
        return self.transport.send(StoryView, "DELETE", _path(story_id), version=version)

    def restore(self, story_id: str) -> StoryView:
        return self.transport.send(StoryView, "POST", f"{_path(story_id)}/restore")

    def tell_on(self, story_id: str, passage_id: str, telling: Telling) -> PassageView:
        """Go on from the passage: a child that a new job writes."""
        return self._tell(story_id, passage_id, "continue", telling)

    def retry(self, story_id: str, passage_id: str, telling: Telling) -> PassageView:
        """Tell the passage again: a sibling that a new job writes."""
        return self._tell(story_id, passage_id, "retry", telling)

    def quote(self, story_id: str, passage_id: str, telling: Telling) -> Quote:
        """What `tell_on` would do, without doing it."""
        path = f"{_path(story_id)}/passages/{part(passage_id)}/continue"
        return self.transport.send(Quote, "POST", path, body=telling, params={"dry_run": True})

    def branch(self, story: StoryView, passage_id: str, at: int) -> PassageView:
        """Leave the passage at a character: a sibling with the text up to there."""
        return self._make(story.id, passage_id, "branch", Branching(at=at), version=story.version)

    def edit(self, story: StoryView, passage_id: str, edit: Edit) -> PassageView:
        """Write the passage anew: a sibling with this text, and what followed behind it."""
        return self._make(story.id, passage_id, "edit", edit, version=story.version)

    def export(self, story_id: str, form: FileFormat, *, passage_id: str | None = None) -> bytes:
        params = {"format": form.value, "passage": passage_id}
        return self.transport.fetch(f"{_path(story_id)}/export", params)

    def take_in(self, file: bytes) -> StoryView:
        """A story from an exported JSON file."""
        return self.transport.post_file(StoryView, "/v1/stories/import", file)

    def _tell(self, story_id: str, passage_id: str, action: str, telling: Telling) -> PassageView:
        path = f"{_path(story_id)}/passages/{part(passage_id)}/{action}"
        return self.transport.make(PassageView, path, body=telling)

    def _make(
        self,
        story_id: str,
        passage_id: str,
        action: str,
        body: Branching | Edit,
        *,
        version: int,
    ) -> PassageView:
        path = f"{_path(story_id)}/passages/{part(passage_id)}/{action}"
        return self.transport.send(PassageView, "POST", path, body=body, version=version)


def _path(story_id: str) -> str:
    return f"/v1/stories/{part(story_id)}"
