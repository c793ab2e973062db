"""What clients see on the wire, byte for byte. A difference here breaks clients: change the
snapshots deliberately, with `python -m tests.contract.test_wire`, and say so in the commit.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sse_starlette import ServerSentEvent

from services.api.db.models import Story
from services.api.library.files import StoryFile, story_file
from services.api.library.tree import Node, Tree
from services.api.streams import Encoder, one_line
from services.api.views import job_view
from shared.errors import ErrorCode
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.joblog import Job, LogEntry
from shared.jobs import Eta, Receipt, Usage
from shared.jobspec import JobSpec
from shared.library import Origin, Told
from shared.sampling import SamplingParams
from shared.schemas import FinishReason, GenerateRequest, JobStatus, Priority, StoryControls

FOLDER = Path(__file__).parent / "snapshots"
TEXT = "Es war\neinmal — 狐\u2028\x85"
RECEIPT = Receipt(
    model="fairytale-mini",
    model_sha256="aa",
    tokenizer_sha256="bb",
    template_version="1",
    numeric_kind="cpu-bf16",
    code_version="0.1.0",
    seed=7,
    text_sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
)
TOKEN = TokenEvent(index=3, text=TEXT, ids=[1, 2, 3])
DONE = DoneEvent(
    finish_reason=FinishReason.STOP,
    usage=Usage(prompt_tokens=61, completion_tokens=3),
    receipt=RECEIPT,
)
FAILURE = ErrorEvent(code=ErrorCode.GENERATION_FAILED, detail="The engine stumbled.")
EVENTS: list[Event] = [
    QueuedEvent(position=2, eta=Eta(p50=1.5, p90=2.25)),
    QueuedEvent(position=0),
    QueuedEvent(position=1, served=False),
    StartedEvent(worker="w1", model="fairytale-mini", attempt=1),
    TOKEN,
    ResumedEvent(attempt=2),
    CheckpointEvent(index=3, sha256="cc"),
    DONE,
    FAILURE,
    CancelledEvent(),
]


def _job(status: JobStatus, ending: DoneEvent | ErrorEvent | None) -> Job:
    request = GenerateRequest(story_seed="A lighthouse keeper")
    spec = JobSpec(
        prompt="p",
        template_version="1",
        sampling=SamplingParams(),
        token_budget=256,
        seed=7,
        request=request,
    )
    return Job(
        id="3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
        tenant="anna",
        model="fairytale-mini",
        priority=Priority.INTERACTIVE,
        status=status,
        epoch=1,
        attempts=1,
        owner="",
        count=3,
        prompt_tokens=61,
        spec=spec,
        sequence=1,
        created_at=1000.5,
        started_at=1001.0,
        ended_at=1002.0,
        ending=ending,
    )


def _exported() -> StoryFile:
    story = Story(id="5" * 32, title="Das Märchen", version=3, created_at=1000.5, updated_at=1002.0)
    seed = Node(
        id="a" * 32,
        parent_id=None,
        origin=Origin.SEED,
        text="A lighthouse keeper",
        story_seed="A lighthouse keeper",
        controls=StoryControls(),
        created_at=1000.5,
    )
    told = replace(
        seed,
        id="b" * 32,
        parent_id=seed.id,
        origin=Origin.MODEL,
        text=TEXT,
        job_id="3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
        status=JobStatus.SUCCEEDED,
        told=Told(
            request=GenerateRequest(story_seed="A lighthouse keeper", memory="Foxes lie."),
            model="fairytale-mini",
            seed=7,
        ),
    )
    edited = replace(
        seed,
        id="c" * 32,
        parent_id=seed.id,
        revises_id=told.id,
        origin=Origin.EDIT,
        text="\0",
        created_at=1001.0,
    )
    return story_file(story, Tree([seed, told, edited]))


def rendered() -> dict[str, str]:
    """Every snapshot by its file name."""
    stream = b"".join(map(Encoder().encode, EVENTS)).decode()
    entries = [LogEntry(TOKEN, None)]
    jobs = {
        "job_succeeded.json": _job(JobStatus.SUCCEEDED, DONE),
        "job_failed.json": _job(JobStatus.FAILED, FAILURE),
    }
    views = {
        name: job_view(job, entries, None).model_dump(mode="json") for name, job in jobs.items()
    }
    lines = json.dumps(stream.split("\r\n\r\n"), ensure_ascii=False, indent=1)
    story = _exported().model_dump_json(indent=1)
    return {"events.json": lines + "\n", "story_file.json": story + "\n"} | {
        name: json.dumps(view, ensure_ascii=False, indent=1) + "\n" for name, view in views.items()
    }


@pytest.mark.parametrize(
    "name", ["events.json", "job_succeeded.json", "job_failed.json", "story_file.json"]
)
def test_wire_is_unchanged(name: str) -> None:
    assert rendered()[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_exported_story_is_read_again() -> None:
    snapshot = (FOLDER / "story_file.json").read_text(encoding="utf-8")
    assert StoryFile.model_validate_json(snapshot) == _exported()


def test_every_kind_of_event_has_a_snapshot() -> None:
    kinds = {"queued", "started", "token", "resumed", "checkpoint", "done", "error", "cancelled"}
    assert {event.type for event in EVENTS} == kinds


def test_data_is_one_line_and_only_tokens_move_the_cursor() -> None:
    for event in EVENTS:
        lines = Encoder().encode(event).decode().removesuffix("\r\n\r\n").split("\r\n")
        assert lines == Encoder().encode(event).decode().rstrip("\r\n").splitlines()
        names = [line.split(":", 1)[0] for line in lines]
        assert names == (["id", "event", "data"] if event.type == "token" else ["event", "data"])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in rendered().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


def test_events_are_framed_as_the_library_frames_them() -> None:
    encoder = Encoder()
    for event in (*EVENTS, TOKEN, TOKEN, TOKEN.model_copy()):
        framed = ServerSentEvent(
            one_line(event.model_dump_json(exclude={"type"})),
            event=event.type,
            id=str(event.index) if isinstance(event, TokenEvent) else None,
        )
        assert encoder.encode(event) == framed.encode()
