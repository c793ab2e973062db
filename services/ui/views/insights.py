"""The insights page: what a model's evaluation found, and what readers say."""

import streamlit as st

from services.ui import components, wording
from services.ui.insights import look
from services.ui.insights.evaluation import evaluation
from services.ui.insights.opinions import opinions
from services.ui.insights.report import Report, read_report
from services.ui.state import api_client
from shared.client.errors import ApiError
from shared.operations import WorkerInfo

# The same weights may be evaluated again.
REPORT_SECONDS = 600
_NOT_FOUND = 404
_HEADING = """
<header class="once-heading"><h1>Insights</h1>
<p>How well the model tells, by its own evaluation and by those who read.</p></header>
"""


def page() -> None:
    look.apply()
    st.html(_HEADING)
    try:
        _model()
    except ApiError as error:
        components.notice(error)
    components.section("What readers say")
    try:
        opinions(api_client().opinions.summary())
    except ApiError as error:
        components.notice(error)


def _model() -> None:
    """Raises ApiError."""
    live = api_client().operations.workers().workers
    workers = {worker.model: worker for worker in live}
    model = _chosen(sorted(workers))
    served_as = sorted({worker.numeric_kind for worker in live if worker.model == model})
    components.section(f"How {model} tells")
    try:
        evaluation(_report(model, workers.get(model)), served_as)
    except ApiError as error:
        if error.status != _NOT_FOUND:
            raise
        components.hint(wording.error_line(error))


def _chosen(served: list[str]) -> str:
    usual = api_client().operations.queue().model
    if len(served) < 2:
        return served[0] if served else usual
    return st.selectbox("Model", served, index=served.index(usual) if usual in served else 0)


def _report(model: str, worker: WorkerInfo | None) -> Report:
    """Read again for each page only while no worker says which weights it is of."""
    if worker is None:
        return read_report(api_client().operations.report(model))
    return _report_of(model, worker.model_sha256)


@st.cache_resource(show_spinner=False, ttl=REPORT_SECONDS, max_entries=4)
def _report_of(model: str, weights: str) -> Report:
    """A megabyte, of which most is not shown."""
    del weights
    return read_report(api_client().operations.report(model))


if __name__ == "__main__":
    page()
