"""A story as a file to keep. Nothing is fetched before a button is pressed."""

from functools import partial

import streamlit as st

from services.ui.shelf import passage_words, pieces
from services.ui.shelf.tree import PassageTree
from services.ui.state import api_client
from shared.library import FileFormat, StoryView
from shared.story_files import MAX_FILE_BYTES, file_name

_NAMES = {
    FileFormat.TXT: "Text",
    FileFormat.MD: "Markdown",
    FileFormat.EPUB: "EPUB",
    FileFormat.JSON: "JSON",
}
_LABEL_CHARS = 60
_ABOUT_JSON = (
    '<p class="once-card-age">JSON keeps all branches and can be imported again '
    f"(up to {MAX_FILE_BYTES // 2**20} MiB).</p>"
)


def exports(story: StoryView, tree: PassageTree) -> None:
    pieces.part("Export")
    last = _ending(story, tree)
    with st.container(horizontal=True, gap="small"):
        for form, name in _NAMES.items():
            st.download_button(
                name,
                data=partial(api_client().stories.export, story.id, form, passage_id=last),
                file_name=file_name(story.title, form),
                mime=form.media_type,
                key=f"export-{form}",
                # A rerun would make the button anew while it still waits for its file.
                on_click="ignore",
            )
    st.html(_ABOUT_JSON)


def _ending(story: StoryView, tree: PassageTree) -> str:
    """The id of the passage up to which the story is exported: one of its leaves."""
    leaves = {leaf.id: leaf for leaf in tree.leaves}
    if len(leaves) == 1:
        return tree.newest.id

    def name(leaf_id: str) -> str:
        leaf = leaves[leaf_id]
        words = passage_words.beginning(leaf, _LABEL_CHARS)
        newest = " (newest)" if leaf_id == tree.newest.id else ""
        return f"{tree.number(leaf_id)}{newest}: {words}"

    chosen: str = st.selectbox(
        "The story up to passage", list(leaves), format_func=name, key=f"ending-{story.id}"
    )
    return chosen
