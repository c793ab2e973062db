"""Stories leave the library as files, and come back from our own kind. Knows no HTTP."""

import uuid
from dataclasses import dataclass

from services.api.aside import Aside
from services.api.db.database import Database
from services.api.db.models import Passage, Story
from services.api.library.changes import new_passage, new_story
from services.api.library.epub import Book, as_epub
from services.api.library.files import StoryFile, story_file
from services.api.library.plain import as_markdown, as_text
from services.api.library.reading import read_story, read_tree
from services.api.library.tree import Node, Tree
from services.api.library.views import story_view
from shared.joblog import AsyncJobLog
from shared.library import FileFormat, StoryView
from shared.story_files import file_name


@dataclass(frozen=True, slots=True)
class ExportedFile:
    name: str
    """In ASCII, from the title."""
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Exports:
    database: Database
    joblog: AsyncJobLog
    aside: Aside

    async def export(
        self, story_id: str, form: FileFormat, *, tenant: str, passage_id: str | None
    ) -> ExportedFile:
        """The story as it reads from the seed to one passage, by default the newest leaf.

        As JSON it is the whole tree. Raises UnknownStoryError or UnknownPassageError.
        """
        async with self.database.reading() as session:
            story = await read_story(session, story_id, tenant=tenant)
            tree = await read_tree(session, self.joblog, story_id)
        last = tree.newest_leaf if passage_id is None else tree.node(passage_id)
        name = file_name(story.title, form)
        # Not here: nobody's story may stand still while another is written into a file.
        content = await self.aside.run(tenant, _content, form, story, tree, last)
        return ExportedFile(name, form.media_type, content)

    async def take_in(self, file: StoryFile, *, tenant: str) -> StoryView:
        """A new story of the caller's with this tree; all ids are new."""
        async with self.database.writing() as session:
            story = new_story(session, tenant=tenant, title=file.title)
            await session.flush()
            session.add_all(_passages(story, file))
        async with self.database.reading() as session:
            return story_view(story, await read_tree(session, self.joblog, story.id))


def _passages(story: Story, file: StoryFile) -> list[Passage]:
    made: dict[str | None, Passage] = {}
    for number, passage in enumerate(file.passages, start=1):
        parent, revised = made.get(passage.parent_id), made.get(passage.revises_id)
        made[passage.id] = new_passage(
            story,
            number,
            parent_id=parent.id if parent else None,
            revises_id=revised.id if revised else None,
            origin=passage.origin,
            text=passage.text,
            story_seed=passage.story_seed,
            controls=passage.controls,
            told=passage.told,
        )
    return list(made.values())


def _content(form: FileFormat, story: Story, tree: Tree, last: Node) -> bytes:
    seed, text = last.story_seed, tree.text_to(last)
    match form:
        case FileFormat.TXT:
            return as_text(story.title, text).encode()
        case FileFormat.MD:
            return as_markdown(story.title, seed, text).encode()
        case FileFormat.JSON:
            return story_file(story, tree).model_dump_json(indent=1).encode()
        case FileFormat.EPUB:
            return as_epub(Book(uuid.UUID(story.id), story.title, seed, story.updated_at, text))
