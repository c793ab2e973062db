"""What the model reads, and what is dropped of a story that does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.prompts import build_continuation, build_prompt, frame_of, shorten
from shared.schemas import StoryControls

BREAK = "\n\n"


def at_most(limit: int):  # type: ignore[no-untyped-def]
    return lambda text: len(text) <= limit


def test_story_that_fits_is_left_alone() -> None:
    assert shorten("One.\n\nTwo.", at_most(10)) == "One.\n\nTwo."


def test_whole_paragraphs_go_first() -> None:
    story = "A. " * 10 + "\n\n" + "B. " * 10 + "\n\n" + "C. " * 10
    assert shorten(story, at_most(70)) == "B. " * 10 + "\n\n" + "C. " * 10


def test_a_last_paragraph_that_is_too_long_or_too_short_is_cut_at_a_sentence() -> None:
    assert shorten("A fox ran. It was “red.” The end of it.", at_most(30)) == (
        "It was “red.” The end of it."
    )
    story = "One sentence. " * 10 + "\n\nThe end."
    assert shorten(story, at_most(100)) == "One sentence. " * 6 + "\n\nThe end."


def test_then_words_then_characters() -> None:
    assert shorten("a fox ran over the wide snow", at_most(14)) == "the wide snow"
    assert shorten("x" * 50, at_most(7)) == "x" * 7


@given(st.text(max_size=200), st.integers(0, 200))
def test_what_is_left_fits_and_is_the_storys_end(story: str, limit: int) -> None:
    left = shorten(story, at_most(limit))
    assert len(left) <= limit
    assert story.endswith(left)
    assert left == story or len(left) >= min(limit, len(story)) // 2 - 1


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_memory_and_note_the_prompt_is_what_the_model_was_trained_on(
    nothing: str | None,
) -> None:
    assert build_prompt("A fox", StoryControls(), memory=nothing, author_note=nothing) == (
        "Instruction: You are an award-winning storyteller.\n"
        "Style: classic fairytale. POV: third-person. Length: short. Genre: fantasy. "
        "Constraints: avoid explicit content.\n"
        "Story seed: A fox\n"
    )
    assert build_continuation("It ran.\n\nOn ", memory=nothing, author_note=nothing) == (
        "Instruction: Continue the story.\nStory so far: It ran.\n\nOn "
    )


@pytest.mark.parametrize(
    ("seed", "memory", "note", "line"),
    [
        (
            "A fox",
            "He lies.\nHis name is Tom",
            "Rain\n\nfalls",
            "A fox. He lies. His name is Tom. Rain falls",
        ),
        ("A fox!", None, "Rain falls", "A fox! Rain falls"),
        ("“A fox?”", "He lies…", None, "“A fox?” He lies…"),
        ("A fox", "He lies", None, "A fox. He lies"),
    ],
)
def test_what_is_to_be_remembered_joins_the_seed(
    seed: str, memory: str | None, note: str | None, line: str
) -> None:
    prompt = build_prompt(seed, StoryControls(), memory=memory, author_note=note)
    assert prompt.endswith(f"Story seed: {line}\n")
    assert prompt.count("\n") == 3


@pytest.mark.parametrize(
    ("story", "noted"),
    [
        ("One.\n\nTwo.\n\nThree", "One.\n\nTwo.\n\n[Rain]\n\nThree"),
        ("One.\n \n\n  Two\n\n ", "One.\n\n[Rain]\n\n  Two\n\n "),
        ("One line.\nAnother", "[Rain]\n\nOne line.\nAnother"),
        ("\n\nOne", "[Rain]\n\n\n\nOne"),
        ("", "[Rain]\n\n"),
    ],
)
def test_note_stands_before_the_last_paragraph_and_memory_before_everything(
    story: str, noted: str
) -> None:
    assert build_continuation(story, author_note="Rain") == build_continuation(noted)
    assert build_continuation(story, memory="Tom lies.\nMuch.", author_note="Rain") == (
        build_continuation(f"Tom lies.\nMuch.\n\n{noted}")
    )


@given(st.text(max_size=200))
def test_what_comes_next_follows_the_storys_last_character(story: str) -> None:
    prompt = build_continuation(story, memory="m", author_note="n")
    last = story.rstrip().rpartition("\n")[2]
    assert prompt.endswith(last + story[len(story.rstrip()) :])


@given(
    seed=st.text(min_size=1),
    constraints=st.lists(st.text(min_size=1).filter(str.strip), max_size=3),
    memory=st.none() | st.text(min_size=1),
)
def test_a_frame_is_what_prompts_of_all_callers_begin_with(
    seed: str, constraints: list[str], memory: str | None
) -> None:
    controls = StoryControls.model_construct(**dict(StoryControls()) | {"constraints": constraints})
    prompt = build_prompt(seed, controls, memory=memory)
    frame = frame_of(prompt)
    assert frame == frame_of(build_prompt("another", StoryControls()))
    assert prompt.startswith(frame)
    assert frame.endswith("Constraints:")
    continuation = build_continuation(seed, memory=memory)
    assert frame_of(continuation) == frame_of(build_continuation("another"))
    assert continuation == f"{frame_of(continuation)} {memory + BREAK if memory else ''}{seed}"


@pytest.mark.parametrize("raw", ["", "Once upon a time", "Instruction: sing"])
def test_what_is_no_prompt_of_the_template_has_no_frame(raw: str) -> None:
    assert frame_of(raw) == ""
