"""One claimed story: engine output in, log commands out."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.worker.engine import StepOutput
from services.worker.story import CHECKPOINT_EVERY, ModelIdentity, Story
from shared.connections import connect
from shared.errors import ErrorCode
from shared.events import DoneEvent, ErrorEvent, TokenEvent
from shared.joblog import Claim, Job, JobLog, LogEntry, Verdict, commands
from shared.prompts import build_prompt, frame_of
from shared.sampling import SamplingParams
from shared.schemas import FinishReason, GenerateRequest, JobStatus, Length, StoryControls
from tests.jobs import job_spec, submit_job

MODEL = ModelIdentity("tiny", "m" * 64, "t" * 64)
PROMPT = build_prompt("a fox", StoryControls())


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()


@pytest.fixture
def claimed(joblog: JobLog) -> Claim:
    submit_job(joblog, "a", model="tiny")
    claim = joblog.run(commands.claim("tiny", "w", numeric_kind="k"))
    assert claim is not None
    return claim


def output(
    index: int, text: str = "é", *, reason: FinishReason | None = None, token: int | None = 9
) -> StepOutput:
    return StepOutput(id="a#1", index=index, token=token, text=text, finish_reason=reason)


def read(joblog: JobLog) -> Job:
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    return job


def test_quantum_is_of_tokens_drawn_since_it_was_last_asked_for(claimed: Claim) -> None:
    story = Story(claimed, [], MODEL)
    assert not story.is_due(4, 9), "it has told nothing"
    story.record(output(1))
    assert [story.is_due(4, drawn) for drawn in (3, 6, 9, 10)] == [False, True, False, True]
    assert [story.until_due(4, drawn) for drawn in (10, 12, 15)] == [4, 2, -1]


def test_quantum_of_a_story_that_goes_on_begins_where_it_does(claimed: Claim) -> None:
    story = Story(claimed, [LogEntry(TokenEvent(index=1, text="é", ids=[9]), None)], MODEL)
    assert not story.is_due(4, 9), "it has told nothing more"
    story.record(output(2))
    assert [story.is_due(4, drawn) for drawn in (4, 5)] == [False, True]


def test_steps_become_log_entries_with_checkpoints_of_the_text_so_far(
    joblog: JobLog, claimed: Claim
) -> None:
    story = Story(claimed, [], MODEL)
    for index in range(1, CHECKPOINT_EVERY + 2):
        assert joblog.run_all(story.record(output(index))) == [Verdict.OK]
    entries = joblog.run(commands.read_log("a"))
    assert [entry.token.text for entry in entries] == ["é"] * (CHECKPOINT_EVERY + 1)
    checkpoints = [entry.checkpoint for entry in entries if entry.checkpoint]
    expected = hashlib.sha256(("é" * CHECKPOINT_EVERY).encode()).hexdigest()
    assert [(c.index, c.sha256) for c in checkpoints] == [(CHECKPOINT_EVERY, expected)]


def test_heir_hashes_the_whole_text_and_asks_to_go_on_behind_the_log(
    joblog: JobLog, claimed: Claim
) -> None:
    log = [LogEntry(TokenEvent(index=n, text="x", ids=[n]), None) for n in (1, 2)]
    joblog.run_all(
        [commands.append("a", claimed.epoch, entry.token, model=MODEL.name) for entry in log]
    )
    story = Story(claimed, log, MODEL)
    assert story.request("p").generated == (1, 2)
    assert story.request("p").story_seed == "a fox"
    story.prompt_tokens = 5
    joblog.run_all(story.record(output(3, "y", reason=FinishReason.LENGTH)))
    job = read(joblog)
    assert isinstance(job.ending, DoneEvent)
    assert job.ending.receipt.text_sha256 == hashlib.sha256(b"xxy").hexdigest()
    assert job.ending.usage.completion_tokens == 3
    assert job.ending.usage.prompt_tokens == 5
    assert job.status is JobStatus.SUCCEEDED


def test_story_found_complete_is_ended_without_another_token(
    joblog: JobLog, claimed: Claim
) -> None:
    entry = LogEntry(TokenEvent(index=1, text="x", ids=[1]), None)
    joblog.run(commands.append("a", claimed.epoch, entry.token, model=MODEL.name))
    story = Story(claimed, [entry], MODEL)
    joblog.run_all(story.record(output(1, "", reason=FinishReason.STOP, token=None)))
    assert read(joblog).status is JobStatus.SUCCEEDED
    assert read(joblog).count == 1


def test_scores_that_are_no_numbers_end_the_story_as_failed(joblog: JobLog, claimed: Claim) -> None:
    story = Story(claimed, [], MODEL)
    joblog.run_all(story.record(output(0, "", reason=FinishReason.ERROR, token=None)))
    job = read(joblog)
    assert job.status is JobStatus.FAILED
    assert isinstance(job.ending, ErrorEvent)
    assert job.ending.code is ErrorCode.GENERATION_FAILED


def test_raw_prompt_has_no_length_class_and_no_seed_to_pull_toward() -> None:
    request = GenerateRequest(raw_prompt="Once", sampling=SamplingParams(keep_length=True))
    spec = job_spec(tokens=None)
    wholes = [spec, spec.model_copy(update={"request": request})]
    asked = [Story(Claim("a", 1, each, "k"), [], MODEL).request("p") for each in wholes]
    assert [each.length for each in asked] == [Length.SHORT, None]
    assert [each.story_seed for each in asked] == ["a fox", ""]


def test_passage_that_goes_on_has_the_length_class_that_was_asked_for() -> None:
    request = GenerateRequest(
        story_seed="a fox", story_so_far="Once", controls=StoryControls(length=Length.LONG)
    )
    spec = job_spec(tokens=None).model_copy(update={"request": request})
    assert Story(Claim("a", 1, spec, "k"), [], MODEL).request("p").length is Length.LONG


def test_key_tells_two_claims_of_one_job_apart() -> None:
    first, second = (Story(Claim("a", epoch, job_spec(), "k"), [], MODEL) for epoch in (1, 2))
    assert first.key != second.key


def test_what_may_be_shared_is_the_tenant_s_or_the_template_s(claimed: Claim) -> None:
    asked = Story(claimed, [], MODEL).request(PROMPT)
    assert (asked.owner, asked.frame) == ("anonymous", frame_of(PROMPT))
    raw = GenerateRequest(raw_prompt=PROMPT)
    whose = replace(claimed, spec=claimed.spec.model_copy(update={"request": raw}))
    assert Story(whose, [], MODEL).request(PROMPT).frame == ""
