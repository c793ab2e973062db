"""Two requests become two jobs, and nothing tells which became which."""

import pytest

from services.ui.comparing.pair import (
    ComparingState,
    Drawn,
    Two,
    again,
    begin,
    drawn_for,
    two_of,
)
from shared.client import Client
from shared.client.errors import ApiError
from shared.errors import ErrorCode
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, JobStatus
from tests.fake_api import FakeApi, problem
from tests.fake_job import FakeJob

REQUEST = GenerateRequest(story_seed="A fox", sampling=SamplingParams(temperature=0.7))


def drawn(two: Two) -> Drawn:
    return Drawn.of("a wish", two)


def seeds(two: Two) -> list[int | None]:
    return [request.sampling.seed for request in two]


def test_the_two_differ_in_their_seeds_alone() -> None:
    two = two_of(REQUEST, [None])
    assert None not in seeds(two)
    assert len(set(seeds(two))) == 2
    unseeded = [
        each.model_copy(update={"sampling": each.sampling.model_copy(update={"seed": None})})
        for each in two
    ]
    assert unseeded == [REQUEST, REQUEST]


def test_a_seed_that_was_set_is_that_of_one_story() -> None:
    wish = REQUEST.model_copy(update={"sampling": SamplingParams(seed=7)})
    first, second = seeds(two_of(wish, [None]))
    assert first == 7
    assert second != 7


def test_each_model_tells_one() -> None:
    assert [request.model for request in two_of(REQUEST, ["old", "new"])] == ["old", "new"]


def test_another_try_keeps_the_models_and_draws_new_seeds() -> None:
    first, second = two_of(REQUEST, ["old", "new"])
    two = again(first, second)
    assert [request.model for request in two] == ["old", "new"]
    assert not set(seeds(two)) & set(seeds((first, second)))


def test_either_may_be_shown_as_a_and_a_is_always_sent_first(client: Client, api: FakeApi) -> None:
    shown_first = set()
    for _ in range(60):
        pair = begin(client, drawn(two_of(REQUEST, ["old", "new"])))
        ids = list(api.jobs)
        assert ids[-2:] == [pair.a, pair.b]
        shown_first.add(api.jobs[pair.a].request.model)
    assert shown_first == {"old", "new"}


def test_without_the_second_story_the_first_is_stopped(
    client: Client, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.reveal_at_once = False
    add = api._add

    def add_the_only_one(request: GenerateRequest, pieces: list[str], written: int) -> FakeJob:
        api.refuse_create = problem(503, ErrorCode.MODEL_UNAVAILABLE, "The last worker has left.")
        return add(request, pieces, written)

    monkeypatch.setattr(api, "_add", add_the_only_one)
    with pytest.raises(ApiError, match="The last worker has left"):
        begin(client, drawn(two_of(REQUEST, [None])))
    [first] = api.jobs.values()
    assert first.status is JobStatus.CANCELLED


def test_what_nobody_answered_is_sent_again_as_it_was(client: Client, api: FakeApi) -> None:
    state = ComparingState()
    pair = drawn_for(state, REQUEST, two_of(REQUEST, [None]))
    for _ in range(2):
        assert drawn_for(state, REQUEST, two_of(REQUEST, [None])) is pair
        begin(client, pair)
    assert api.keys == [*pair.keys, *pair.keys]
    asked = [job.request for job in api.jobs.values()]
    assert asked == [*pair.two, *pair.two]


def test_another_wish_is_drawn_anew() -> None:
    state, other = ComparingState(), REQUEST.model_copy(update={"story_seed": "A hen"})
    first = drawn_for(state, REQUEST, two_of(REQUEST, [None]))
    second = drawn_for(state, other, two_of(other, [None]))
    assert not set(first.keys) & set(second.keys)
    assert {each.story_seed for each in second.two} == {"A hen"}


def test_without_an_answer_to_the_second_story_the_first_goes_on(
    client: Client, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.reveal_at_once = False
    add = api._add

    def add_and_fall_silent(
        request: GenerateRequest, pieces: list[str], written: int | None
    ) -> FakeJob:
        api.cuts_before_create = 100
        return add(request, pieces, written)

    monkeypatch.setattr(api, "_add", add_and_fall_silent)
    with pytest.raises(ApiError, match="cannot be reached"):
        begin(client, drawn(two_of(REQUEST, [None])))
    [first] = api.jobs.values()
    assert not first.cancelled
