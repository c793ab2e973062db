"""A writer at her library: short words for what the tests do over HTTP."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from shared.library import PassageView, StoryPage, StoryView
from tests.unit.api.acting import Actor

SEED = "A fox — 狐"
Body = dict[str, Any]
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For what is refused before a database is asked."""


@dataclass(frozen=True, slots=True)
class Writer:
    http: httpx2.Client
    actor: Actor

    def begin(self, seed: str = SEED, **fields: Any) -> StoryView:
        """A story whose first passage waits for a worker."""
        answer = self.http.post("/v1/stories", json={"request": {"story_seed": seed}, **fields})
        return _story(answer, 201)

    def told(self, seed: str = SEED, *, tokens: int = 3, **fields: Any) -> StoryView:
        """A story whose first passage is written."""
        story = self.begin(seed, **fields)
        self.write(tokens)
        return self.read(story.id)

    def write(self, tokens: int = 3) -> None:
        """Write the job that has waited longest."""
        self.actor.claim()
        self.actor.write(tokens)
        self.actor.finish()

    def read(self, story_id: str) -> StoryView:
        return _story(self.http.get(f"/v1/stories/{story_id}"), 200)

    def page(self, **params: str) -> StoryPage:
        answer = self.http.get("/v1/stories", params=params)
        assert answer.status_code == 200, answer.text
        return StoryPage.model_validate_json(answer.content)

    def titles(self, **params: str) -> list[str]:
        return [story.title for story in self.page(**params).stories]

    def act(self, story: StoryView, passage_id: str, action: str, body: Body) -> PassageView:
        """Continue, retry, branch or edit, at the version that was read."""
        answer = self.try_to(story, passage_id, action, body)
        assert answer.status_code == 201, answer.text
        return PassageView.model_validate_json(answer.content)

    def try_to(self, story: StoryView, passage_id: str, action: str, body: Body) -> httpx2.Response:
        path = f"/v1/stories/{story.id}/passages/{passage_id}/{action}"
        return self.http.post(path, json=body, headers=seen(story))


def seen(story: StoryView) -> dict[str, str]:
    return {"If-Match": f'"{story.version}"'}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code, in whichever shape the route tells them."""
    body = answer.json()
    return answer.status_code, body.get("error", body)["code"]


def _story(answer: httpx2.Response, status: int) -> StoryView:
    assert answer.status_code == status, answer.text
    story = StoryView.model_validate_json(answer.content)
    assert answer.headers["etag"] == f'"{story.version}"'
    return story
