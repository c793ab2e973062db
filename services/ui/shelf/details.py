"""The library's second face: one story, with its exports, its title and its branches."""

import streamlit as st

from services.ui import components, unsent, wording
from services.ui.shelf import actions, pieces
from services.ui.shelf.branch_picture import branch_picture
from services.ui.shelf.exports import exports
from services.ui.shelf.outline import outline
from services.ui.shelf.tree import PassageTree
from services.ui.state import api_client
from services.ui.writing.tree import path_to
from shared.client.errors import ApiError
from shared.errors import ErrorCode
from shared.library import TITLE_MAX_CHARS, StoryView

_HERE: dict[str, str] = {
    ErrorCode.UNKNOWN_STORY: "Check the address, or choose a story from the list."
}
"""What to do about an error, in words of who is in the library already."""
_LEGEND = """
<p class="once-legend"><span><span class="once-sample once-by-seed">round</span> the seed</span>
<span><span class="once-sample once-by-model">solid</span> written by the model</span>
<span><span class="once-sample once-by-edit">dashed</span> written by you</span>
<span><span class="once-sample once-on-path">thick</span> on the way to the newest passage</span>
</p>
<p class="once-legend">Choose a passage to read the story up to it, and to go on from there.</p>
"""


def story_details(story_id: str) -> None:
    st.button("← All stories", on_click=actions.show_list, type="tertiary")
    pieces.refusal()
    try:
        story = api_client().stories.read(story_id)
    except ApiError as error:
        pieces.heading("Library", "")
        components.notice(error, _HERE.get(error.code))
        return
    # Until it is renamed, a story is called by its seed.
    pieces.heading(story.title, "" if story.story_seed == story.title else story.story_seed)
    tree = PassageTree.of(story.passages)
    st.html(
        f'<p class="once-card-age">{pieces.age("Begun", story.created_at)} · '
        f"{pieces.age('changed', story.updated_at)}<br>{_length(story, tree)}</p>"
    )
    _standing(story)
    # Ahead of the branches: of a long story these are hundreds of links.
    exporting, naming = st.columns(2, gap="large")
    with exporting:
        exports(story, tree)
    if story.deleted_at is None:
        with naming:
            _rename(story)
    pieces.part("Branches")
    st.html(branch_picture(story) + _LEGEND)
    with st.expander("The same branches as a list"):
        st.html(outline(story))


def _standing(story: StoryView) -> None:
    """What can be done with the whole story."""
    if story.deleted_at is not None:
        age = pieces.age("This story was deleted", story.deleted_at)
        st.html(f'<p class="once-undo" role="status">{age}. It can be restored.</p>')
        st.button(
            "Restore",
            key="details-restore",
            type="primary",
            on_click=actions.restore,
            args=(story.id,),
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pieces.open_link(story.id)
        pieces.delete_button(story, "details-delete")


def _rename(story: StoryView) -> None:
    pieces.part("Title")
    field = f"title-{story.id}"
    st.session_state.setdefault(field, story.title)
    with st.form("rename", border=False):
        st.text_input(
            "Title",
            key=field,
            max_chars=TITLE_MAX_CHARS,
            label_visibility="collapsed",
        )
        st.form_submit_button("Rename", on_click=actions.rename, args=(story, field))
    unsent.keep(field, name=field, kept=story.title, most_chars=TITLE_MAX_CHARS)


def _length(story: StoryView, tree: PassageTree) -> str:
    newest = wording.length(path_to(story, tree.newest))
    return f"{newest} up to the newest · {pieces.passages_in_all(len(story.passages))}"
