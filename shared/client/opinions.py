"""What readers say: of one story, and of two for one prompt."""

from shared.client.calls import Call, fetching, part, reading, sending
from shared.client.faces import Awaiting, Waiting, call
from shared.opinions import (
    ComparisonView,
    FeedbackPage,
    FeedbackView,
    NewComparison,
    NewFeedback,
    OpinionSummary,
)


class OpinionCalls:
    """Every one of them raises ApiError."""

    @call
    def say(self, job_id: str, said: NewFeedback) -> Call[FeedbackView]:
        path = f"/v1/jobs/{part(job_id)}/feedback"
        return sending(FeedbackView, "POST", path, body=said)

    @call
    def compare(self, said: NewComparison) -> Call[ComparisonView]:
        return sending(ComparisonView, "POST", "/v1/comparisons", body=said)

    @call
    def last_said(self, job_id: str) -> Call[FeedbackView]:
        """Raises NotThereError (`no_opinion`) if the caller said nothing of this story."""
        return reading(FeedbackView, f"/v1/jobs/{part(job_id)}/feedback")

    @call
    def last_compared(self, job_a: str, job_b: str) -> Call[ComparisonView]:
        """In this order. Raises NotThereError (`no_opinion`) if the two were never compared."""
        return reading(ComparisonView, "/v1/comparisons", {"job_a": job_a, "job_b": job_b})

    @call
    def page(self, *, limit: int = 20, cursor: str | None = None) -> Call[FeedbackPage]:
        """What the caller said, newest first."""
        return reading(FeedbackPage, "/v1/feedback", {"limit": limit, "cursor": cursor})

    @call
    def summary(self) -> Call[OpinionSummary]:
        return reading(OpinionSummary, "/v1/feedback/summary")

    @call
    def export(self) -> Call[bytes]:
        """JSON lines, as the evaluation reads them."""
        return fetching("/v1/feedback/export")


class Opinions(OpinionCalls, Waiting):
    pass


class AsyncOpinions(OpinionCalls, Awaiting):
    pass
