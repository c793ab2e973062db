"""Labels: the prompt may promise only what the passage shows."""

import random

import pytest

from shared.schemas import Genre, PointOfView
from training.controls import genre, point_of_view
from training.seeds import plain_title, seed_for
from training.tales import Tale

THIRD = (
    "The fisherman rowed out to sea and cast his net, and the net came up heavy with silver fish,"
    " and so he sang."
)
FIRST = (
    "I rowed out to sea and cast my net, and my net came up heavy, and I sang all the way home to"
    " my wife, I did."
)


@pytest.mark.parametrize(
    ("text", "pov"),
    [
        (THIRD, PointOfView.THIRD),
        (FIRST, PointOfView.FIRST),
        (f'{THIRD} "I am glad, my dear, I am," he said to me."'[:-1], PointOfView.THIRD),
        (f'{THIRD} "I am glad', None),
        ("Too short to tell.", None),
    ],
)
def test_point_of_view_is_judged_outside_speech(text: str, pov: PointOfView | None) -> None:
    assert point_of_view(text.replace(" to me", "")) is pov


def tale(collection: str = "grimm", paragraphs: int = 40) -> Tale:
    return Tale("book", collection, "THE FISHERMAN", [THIRD] * paragraphs, chapter=False)


def test_genre_follows_the_words_and_the_shelf() -> None:
    assert genre(tale("aesop"), THIRD) is Genre.FABLE
    assert (
        genre(tale(), "The ghost rose from the grave, and the bones of the dead...") is Genre.HORROR
    )
    assert genre(tale(), THIRD) is Genre.FANTASY


def words(text: str) -> int:
    return len(text.split())


def test_seeds_speak_of_the_passage() -> None:
    seeds = {seed_for(THIRD, None, random.Random(n)) for n in range(20)}
    assert len(seeds) > 1
    assert all("fisherman" in seed.lower() for seed in seeds)


def test_a_seed_is_one_line_as_the_service_demands() -> None:
    assert "\n" not in seed_for("Mirror, mirror,\non the wall,\nwho knows?", None, random.Random(1))


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("XII. THE MAGIC BUNDLE.", "The magic bundle"),
        ("CHAPTER IV THE WOLF (From Russia)", "The wolf"),
        ("Hans in Luck", "Hans in Luck"),
    ],
)
def test_titles_become_seeds(title: str, plain: str) -> None:
    assert plain_title(title).strip() == plain
