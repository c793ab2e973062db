"""Alternatives side by side: several drafts of what comes next, or of the passage, at once."""

import streamlit as st

from services.ui import components
from services.ui.following import parts
from services.ui.following.parts import Followed
from services.ui.following.sight import Sight
from services.ui.state import PageState, api_client, page_state
from services.ui.story import Story
from services.ui.writing import acts, steps, telling, tree
from services.ui.writing.address import Address
from services.ui.writing.opening import Opened
from services.ui.writing.wishes import fulfil, key_of, told_by_fields
from shared.client.errors import ApiError
from shared.library import PassageView

NEXT, AGAIN = "What comes next", "This passage again"
COUNTS = (2, 3, 4)


def popover(opened: Opened, *, disabled: bool) -> None:
    with st.popover("Alternatives", key="alternatives", disabled=disabled):
        kinds = [NEXT] if opened.passage.parent_id is None else [NEXT, AGAIN]
        st.radio("Drafts of", kinds, key="drafts_of")
        st.segmented_control(
            "How many", COUNTS, default=COUNTS[0], key="drafts_count", required=True
        )
        st.button(
            "Write drafts", key="write_drafts", type="primary", on_click=_write, args=(opened,)
        )


def chosen(opened: Opened, address: Address) -> list[PassageView]:
    """The drafts that the address names, as far as there are such passages."""
    found = (tree.passage_of(opened.story, each) for each in address.draft_ids)
    return [each for each in found if each is not None][: COUNTS[-1]]


def draw(state: PageState, opened: Opened, drafts: list[PassageView]) -> None:
    stories = [telling.story_of(state, opened.story, each) for each in drafts]
    running = [
        job_id
        for each, story in zip(drafts, stories, strict=True)
        if not story.phase.is_final and (job_id := tree.job_of(opened.story, each))
    ]
    for number, (column, passage, story) in enumerate(
        zip(st.columns(len(drafts)), drafts, stories, strict=True), start=1
    ):
        with column:
            _draft(state, opened, passage, story, number)
    if state.stop_refused is not None and running:
        components.notice(state.stop_refused)
    written = len(drafts) - len(running)
    said = Sight(
        text="",
        status=f"{written} of {len(drafts)} drafts are written",
        colour="writing" if running else "done",
        is_over=not running,
    )
    with st.container(key="status", horizontal=True, vertical_alignment="center"):
        parts.status_line(Followed(said), key="drafts_status")
        if running:
            st.button(
                "Stop all",
                key="stop_all",
                on_click=acts.stop,
                args=(tuple(running),),
                disabled=state.stopping.issuperset(running),
                shortcut="Alt+S",
                help="What is written stays. (Alt+S)",
            )
        st.button(
            "Back to the story",
            key="leave_drafts",
            on_click=steps.go,
            args=(opened.address(opened.passage),),
        )


def _draft(
    state: PageState, opened: Opened, passage: PassageView, story: Story, number: int
) -> None:
    followed = telling.followed(state, tree.job_of(opened.story, passage), story)
    passages = [[(followed.sight.text, None)]]
    label = f"Draft {number}"
    parts.page(followed, passages, key=f"draft_{passage.id}", label=label, frame=parts.DRAFT)
    components.story_error(story)
    st.button(
        f"Keep draft {number}",
        key=f"keep_{passage.id}",
        width="stretch",
        on_click=acts.go_to,
        args=(opened, passage),
    )


def _write(opened: Opened) -> None:
    again = st.session_state["drafts_of"] == AGAIN
    count: int = st.session_state["drafts_count"]
    state = page_state()
    wish = told_by_fields("drafts", f"{opened.passage.id} {count} {again}")

    def act() -> Address:
        sheet = state.sheet.telling(draws_seed=True)
        key = key_of(state, wish)
        stories = api_client().stories
        make = stories.retry if again else stories.tell_on
        made: list[PassageView] = []
        try:
            for number in range(count):
                draft_key = f"{key}-{number}"
                made.append(
                    make(opened.story.id, opened.passage.id, sheet, idempotency_key=draft_key)
                )
        except ApiError as error:
            if not made:
                raise
            state.refused = error  # Those that were begun are shown.
        return opened.address(opened.passage, draft_ids=tuple(each.id for each in made))

    fulfil(wish, act)
