"""What the two stories were, once the vote is cast: model, seed, sampling, and what to do next."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from services.ui import components, wording
from services.ui.comparing.pair import ComparingState, Pair
from services.ui.feedback import feedback_panel
from services.ui.state import api_client, reader_of
from services.ui.story import Story
from shared.client.errors import ApiError
from shared.library import NewStory, StoryView
from shared.opinions import Winner
from shared.sampling import SamplingParams

_VERDICTS = {
    Winner.A: "Thank you. You chose story A.",
    Winner.B: "Thank you. You chose story B.",
    Winner.TIE: "Thank you. You chose neither.",
}


def reveal(state: ComparingState, pair: Pair, vote: Winner) -> None:
    components.good_news(_VERDICTS[vote])
    for column, letter, job_id in zip(
        st.columns(2, gap="medium"), "AB", (pair.a, pair.b), strict=True
    ):
        with column:
            st.html(f'<h2 class="once-side">Story {letter} was told by</h2>')
            _facts(reader_of(job_id).story)
            _keeping(state, job_id, letter)
            feedback_panel(job_id, key=f"compared-{letter}")


def _facts(story: Story) -> None:
    if story.job is None:
        components.hint("Its details cannot be read now. Reload the page.")
        return
    told = {
        "Model": story.job.model,
        "Tokens": str(story.tokens),
        "Seconds": "–" if story.seconds is None else f"{story.seconds:.1f}",
    }
    # With this and the same model it can be told again: nobody reads a seed of 16 digits.
    drawn = {"Seed": str(story.job.seed), **_sampling(story.job.request.sampling)}
    st.html(
        f'{_list(told)}<details class="once-drawn"><summary>How its words were drawn</summary>'
        f"{_list(drawn)}</details>"
    )


def _list(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items()
    )
    return f'<dl class="once-facts">{rows}</dl>'


def _sampling(sampling: SamplingParams) -> dict[str, str]:
    told = sampling.model_dump(exclude={"seed"}, exclude_none=True)
    return {wording.label(name): _said(value) for name, value in told.items() if value != []}


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return " · ".join(str(item) for item in value)
    return str(value)


def _keeping(state: ComparingState, job_id: str, letter: str) -> None:
    kept = state.kept.get(job_id)
    if isinstance(kept, StoryView):
        address = {"story": kept.id, "passage": kept.passages[-1].id}
        st.page_link("views/write.py", label=f"Go on with story {letter} →", query_params=address)
        return
    if st.button(f"Keep story {letter} in my library", key=f"keep-{letter}"):
        state.kept[job_id] = _keep(job_id)
        st.rerun()
    if kept is not None:
        components.notice(kept)


def _keep(job_id: str) -> StoryView | ApiError:
    try:
        return api_client().stories.create(NewStory(job_id=job_id))
    except ApiError as error:
        return error
