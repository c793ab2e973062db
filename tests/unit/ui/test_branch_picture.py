"""The picture of a story's tree: what stands where, and that text in it stays text."""

import random
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from services.ui.shelf.branch_layout import lay_out
from services.ui.shelf.branch_picture import branch_picture
from services.ui.shelf.outline import outline
from services.ui.shelf.tree import PassageTree
from shared.library import Origin, PassageView, StoryView
from shared.schemas import JobStatus, StoryControls

HOSTILE = "<img src=x onerror=alert(1)> ![a](http://127.0.0.1:9/x.png) **b** </a></nav>\"' &amp;"
LINEAR = [0, 1, 2, 3]
FORKED = [0, 1, 1, 2, 2, 0, 3, 1]


def story(parents: list[int]) -> StoryView:
    """The seed, and for each number a passage behind the passage of this place."""
    passages = [passage(0, None, Origin.SEED, "A fox")]
    for number, parent in enumerate(parents, start=1):
        origin = Origin.EDIT if number % 3 == 0 else Origin.MODEL
        passages.append(passage(number, f"p{parent}", origin, f"Once {number}"))
    return StoryView(
        id="s1",
        title="A fox",
        story_seed="A fox",
        version=1,
        created_at=1,
        updated_at=2,
        passages=passages,
    )


def passage(number: int, parent_id: str | None, origin: Origin, text: str) -> PassageView:
    return PassageView(
        id=f"p{number}",
        parent_id=parent_id,
        origin=origin,
        text=text,
        controls=StoryControls(),
        created_at=number,
    )


def random_parents(seed: int) -> list[int]:
    draw = random.Random(seed)
    return [draw.randrange(number) for number in range(1, 60)]


def boxes(told: StoryView) -> dict[str, dict[str, int]]:
    """By the passage's number, the place that each link has in the picture."""
    picture = ElementTree.fromstring(branch_picture(told))
    return {
        (link.find("b").text or "").split(" ")[0]: style(link)  # type: ignore[union-attr]
        for link in picture.iter("a")
    }


def style(element: ElementTree.Element) -> dict[str, int]:
    pairs = (pair.split(":") for pair in element.attrib["style"].split(";"))
    return {name: int(value.removesuffix("px")) for name, value in pairs}


TREES = pytest.mark.parametrize(
    "parents", [[], LINEAR, FORKED, *(random_parents(seed) for seed in range(5))]
)


@TREES
def test_every_passage_is_one_link_to_itself(parents: list[int]) -> None:
    told = story(parents)
    picture = ElementTree.fromstring(branch_picture(told))
    links = [link.attrib["href"] for link in picture.iter("a")]
    assert links == [f"/?story=s1&passage={each.id}" for each in told.passages]


@TREES
def test_parents_stand_above_their_children(parents: list[int]) -> None:
    told = story(parents)
    places = lay_out(PassageTree.of(told.passages)).places
    for each in told.passages[1:]:
        assert each.parent_id is not None
        assert places[each.id].row == places[each.parent_id].row + 1
        assert places[each.id].column >= places[each.parent_id].column


@TREES
def test_newest_path_goes_straight_down_on_the_left(parents: list[int]) -> None:
    tree = PassageTree.of(story(parents).passages)
    places = lay_out(tree).places
    assert {places[each].column for each in tree.newest_path} == {0}


@TREES
def test_no_two_passages_overlap_and_all_are_inside(parents: list[int]) -> None:
    told = story(parents)
    canvas = ElementTree.fromstring(branch_picture(told)).find("div")
    assert canvas is not None
    size = style(canvas)
    places = list(boxes(told).values())
    assert len(places) == len(told.passages)
    for i, one in enumerate(places):
        assert 0 <= one["left"] <= size["width"] - one["width"]
        assert 0 <= one["top"] <= size["height"] - one["height"]
        for other in places[:i]:
            assert (
                abs(one["left"] - other["left"]) >= one["width"]
                or abs(one["top"] - other["top"]) >= one["height"]
            )


@TREES
def test_lines_lead_from_each_parent_to_its_child(parents: list[int]) -> None:
    told = story(parents)
    picture = ElementTree.fromstring(branch_picture(told))
    pen, ends = (0, 0), []
    for line in (each for each in picture.iter("span") if "once-line" in each.get("class", "")):
        place = style(line)
        if (place["left"], place["top"]) != pen:  # not where the last line ended
            ends.append([(place["left"], place["top"])])
        pen = (place["left"] + place.get("width", 0), place["top"] + place["height"])
        ends[-1][1:] = [pen]
    box = boxes(told)
    middle = {number: each["left"] + each["width"] // 2 for number, each in box.items()}
    assert sorted(ends) == sorted(
        [
            (middle[str(parent + 1)], box[str(parent + 1)]["top"] + box["1"]["height"]),
            (middle[str(child + 1)], box[str(child + 1)]["top"]),
        ]
        for child, parent in enumerate(parents, start=1)
    )


def test_newest_path_is_marked_and_said() -> None:
    told = story(FORKED)
    picture = ElementTree.fromstring(branch_picture(told))
    marked = {
        link.attrib["href"].rpartition("=")[2]
        for link in picture.iter("a")
        if "once-on-path" in link.attrib["class"].split()
    }
    assert marked == {"p0", "p1", "p8"}
    newest = [link for link in picture.iter("a") if "the newest:" in link.attrib["aria-label"]]
    assert [link.attrib["href"] for link in newest] == ["/?story=s1&passage=p8"]


def test_who_wrote_a_passage_is_told_by_word_and_by_shape() -> None:
    picture = ElementTree.fromstring(branch_picture(story([0, 1, 2])))
    told = [(link.findtext("b"), link.attrib["class"].split()[1]) for link in picture.iter("a")]
    assert told == [
        ("1 · Seed", "once-by-seed"),
        ("2 · Model", "once-by-model"),
        ("3 · Model", "once-by-model"),
        ("4 · Edit · newest", "once-by-edit"),
    ]


def test_what_became_of_a_job_is_told() -> None:
    told = story([0])
    told.passages[1] = told.passages[1].model_copy(update={"text": "", "status": JobStatus.RUNNING})
    assert (
        "Passage 2, after 1, written by the model, being written, the newest: (no words yet)"
        in (branch_picture(told))
    )


@pytest.mark.parametrize("draw", [branch_picture, outline])
def test_text_is_escaped(draw: Callable[[StoryView], str]) -> None:
    told = story([0])
    told.passages[1] = told.passages[1].model_copy(update={"text": HOSTILE})
    drawn = draw(told)
    root = ElementTree.fromstring(drawn)
    assert HOSTILE[:50] in "".join(root.itertext())
    assert {each.tag for each in root.iter()} <= {"nav", "div", "a", "b", "span", "ul", "ol", "li"}
    assert "<img" not in drawn


def test_outline_nests_at_forks_only() -> None:
    root = ElementTree.fromstring(outline(story([0, 1, 2, 2, 4])))
    entries = [
        (len([up for up in _above(root, link) if up.tag == "ol"]), (link.text or "")[0])
        for link in root.iter("a")
    ]
    assert entries == [(0, "1"), (0, "2"), (0, "3"), (1, "5"), (1, "6"), (1, "4")]


def test_a_very_long_story_is_drawn() -> None:
    told = story(list(range(3_000)))
    assert len(boxes(told)) == 3_001
    assert outline(told).count("<a ") == 3_001


def _above(root: ElementTree.Element, inner: ElementTree.Element) -> list[ElementTree.Element]:
    return [each for each in root.iter() if inner in each.iter() and each is not inner]
