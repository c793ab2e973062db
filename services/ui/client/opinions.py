"""What readers say: of one story, and of two for one prompt."""

from dataclasses import dataclass

from services.ui.client.transport import Transport, part
from shared.opinions import (
    ComparisonView,
    FeedbackPage,
    FeedbackView,
    NewComparison,
    NewFeedback,
    OpinionSummary,
)


@dataclass(frozen=True, slots=True)
class OpinionCalls:
    transport: Transport

    def say(self, job_id: str, said: NewFeedback) -> FeedbackView:
        path = f"/v1/jobs/{part(job_id)}/feedback"
        return self.transport.send(FeedbackView, "POST", path, body=said)

    def compare(self, said: NewComparison) -> ComparisonView:
        return self.transport.send(ComparisonView, "POST", "/v1/comparisons", body=said)

    def last_said(self, job_id: str) -> FeedbackView:
        """Raises ApiError (`no_opinion`) if the caller said nothing of this story."""
        return self.transport.get(FeedbackView, f"/v1/jobs/{part(job_id)}/feedback")

    def last_compared(self, job_a: str, job_b: str) -> ComparisonView:
        """In this order. Raises ApiError (`no_opinion`) if the caller never compared the two."""
        params = {"job_a": job_a, "job_b": job_b}
        return self.transport.get(ComparisonView, "/v1/comparisons", params)

    def page(self, *, limit: int = 20, cursor: str | None = None) -> FeedbackPage:
        """What the caller said, newest first."""
        return self.transport.get(FeedbackPage, "/v1/feedback", {"limit": limit, "cursor": cursor})

    def summary(self) -> OpinionSummary:
        return self.transport.get(OpinionSummary, "/v1/feedback/summary")

    def export(self) -> bytes:
        """JSON lines, as the evaluation reads them."""
        return self.transport.fetch("/v1/feedback/export")
