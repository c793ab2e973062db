"""OpenAI's own Python client, unchanged, against a real API and a real worker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
import openai
import pytest

from tests.processes import wait_until
from tests.stack import Stack

PROMPT = "A lighthouse keeper who counts ships"
ANNA = {"Authorization": "Bearer anna"}


@pytest.fixture(scope="module")
def served(stack: Stack) -> Stack:
    stack.add_worker("completing")
    return stack


@pytest.fixture
def client(served: Stack) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.api_url}/v1", api_key="anna", max_retries=0) as client:
        yield client


@pytest.fixture
def model(client: openai.OpenAI) -> str:
    """The one that is served."""
    [only] = client.models.list().data
    assert client.models.retrieve(only.id) == only
    return only.id


def jobs(stack: Stack) -> list[dict[str, object]]:
    answer = httpx2.get(f"{stack.api_url}/v1/jobs", headers=ANNA).raise_for_status()
    found: list[dict[str, object]] = answer.json()["jobs"]
    return found


def test_stream_has_the_text_of_the_whole_answer(client: openai.OpenAI, model: str) -> None:
    whole = client.completions.create(
        model=model, prompt=PROMPT, max_tokens=40, seed=7, n=2, echo=True
    )
    assert [choice.finish_reason for choice in whole.choices] == ["length", "length"]
    assert all(choice.text.startswith(PROMPT) for choice in whole.choices)
    assert whole.choices[0].text != whole.choices[1].text
    assert whole._request_id
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 80
    assert whole.usage.total_tokens == 80 + whole.usage.prompt_tokens
    texts, usage = {0: "", 1: ""}, None
    for chunk in client.completions.create(
        model=model,
        prompt=PROMPT,
        max_tokens=40,
        seed=7,
        n=2,
        echo=True,
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage = chunk.usage
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    assert list(texts.values()) == [choice.text for choice in whole.choices]
    assert usage == whole.usage


def test_stop_and_prompts_side_by_side(client: openai.OpenAI, model: str) -> None:
    plain = client.completions.create(model=model, prompt=[PROMPT, "A fox"], max_tokens=30, seed=5)
    first, second = (choice.text for choice in plain.choices)
    stop = first[len(first) // 2 :][:2]
    cut = client.completions.create(model=model, prompt=PROMPT, max_tokens=30, seed=5, stop=stop)
    assert cut.choices[0].text == first[: first.index(stop)]
    assert cut.choices[0].finish_reason == "stop"
    alone = client.completions.create(model=model, prompt="A fox", max_tokens=30, seed=5)
    assert alone.choices[0].text == second


def test_each_token_has_its_probability_and_alternatives(client: openai.OpenAI, model: str) -> None:
    [whole] = client.completions.create(
        model=model, prompt=PROMPT, max_tokens=12, seed=7, logprobs=2
    ).choices
    told = whole.logprobs
    assert told is not None
    assert told.tokens is not None
    assert told.text_offset is not None
    assert told.top_logprobs is not None
    assert told.token_logprobs is not None
    assert len(told.tokens) == 12
    for offset, text in zip(told.text_offset, told.tokens, strict=True):
        assert whole.text[offset:].startswith(text)
    for text, logprob, top in zip(told.tokens, told.token_logprobs, told.top_logprobs, strict=True):
        assert top[text] == logprob <= max(top.values())
        assert len(top) in (2, 3)
    tokens: list[str] = []
    offsets: list[int] = []
    for chunk in client.completions.create(
        model=model, prompt=PROMPT, max_tokens=12, seed=7, logprobs=2, stream=True
    ):
        part = chunk.choices[0].logprobs
        tokens += (part and part.tokens) or []
        offsets += (part and part.text_offset) or []
    assert (tokens, offsets) == (told.tokens, told.text_offset)


def test_story_controls_are_extra_fields(served: Stack, client: openai.OpenAI, model: str) -> None:
    told = client.completions.create(
        model=model,
        prompt=PROMPT,
        max_tokens=20,
        extra_body={"controls": {"genre": "mystery", "constraints": []}},
    )
    assert len(told.choices[0].text) > 0
    request = jobs(served)[0]["request"]
    assert isinstance(request, dict)
    assert (request["story_seed"], request["controls"]["genre"]) == (PROMPT, "mystery")


def test_refusals_are_the_clients_own_errors(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(model=model, prompt=PROMPT, suffix="The end.")
    assert (refused.value.param, refused.value.code) == ("suffix", "invalid_request")
    with pytest.raises(openai.BadRequestError) as too_long:
        client.completions.create(model=model, prompt=PROMPT * 300)
    assert too_long.value.code == "context_length_exceeded"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.completions.create(model="gpt-nowhere", prompt=PROMPT)
    assert unknown.value.code == "model_not_found"


def test_leaving_a_stream_cancels_its_job(served: Stack, client: openai.OpenAI, model: str) -> None:
    stream = client.completions.create(model=model, prompt=PROMPT, max_tokens=900, stream=True)
    next(stream)
    assert jobs(served)[0]["status"] == "running"
    stream.close()
    wait_until(lambda: jobs(served)[0]["status"] == "cancelled", seconds=10, what="cancelled")


def test_what_is_cancelled_is_not_ordered_again(
    served: Stack, client: openai.OpenAI, model: str
) -> None:
    known = len(jobs(served))
    patient = client.with_options(max_retries=2)
    create = partial(patient.completions.create, model=model, prompt=PROMPT, max_tokens=900)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(create)
        wait_until(lambda: len(jobs(served)) > known, seconds=10, what="accepted")
        job = f"{served.api_url}/v1/jobs/{jobs(served)[0]['id']}"
        httpx2.delete(job, headers=ANNA).raise_for_status()
        with pytest.raises(openai.ConflictError):
            asked.result(20)
    assert len(jobs(served)) == known + 1


def test_completion_is_verified_from_its_receipt(
    served: Stack, client: openai.OpenAI, model: str
) -> None:
    told = client.completions.create(model=model, prompt=PROMPT, max_tokens=30)
    job = told.choices[0].to_dict()["job_id"]
    answer = httpx2.post(
        f"{served.api_url}/v1/jobs/{job}/verify",
        headers=ANNA,
        timeout=70,
    )
    assert answer.raise_for_status().json()["is_identical"] is True
