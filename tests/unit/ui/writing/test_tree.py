"""A way through the tree of passages."""

from services.ui.writing import tree
from shared.library import Origin
from tests.unit.ui.writing.stories import passage, story

A = passage("a", text="Once ", job="j1")
B = passage("b", "a", "upon ", job="j2")
C = passage("c", "a", "there ")
D = passage("d", "b", "a time", job="j3")
CUT = passage("cut", text="On", job="j1")
STORY = story(A, B, C, D, CUT)
SEED = STORY.passages[0]


def test_a_path_leads_from_the_first_passage_to_its_end() -> None:
    assert tree.path_to(STORY, D) == [A, B, D]
    assert tree.text_of(tree.path_to(STORY, D)) == "Once upon a time"
    assert tree.path_to(STORY, SEED) == []


def test_siblings_share_a_parent() -> None:
    assert tree.siblings(STORY, C) == [B, C]
    assert tree.siblings(STORY, A) == [A, CUT]
    assert tree.siblings(STORY, SEED) == [SEED]


def test_the_seed_is_no_passage_to_step_back_to() -> None:
    assert tree.parent_in_text(STORY, B) == A
    assert tree.parent_in_text(STORY, A) is None
    assert tree.parent_in_text(STORY, SEED) is None


def test_the_newest_way_down_ends_at_a_leaf() -> None:
    assert tree.newest_leaf(STORY) == CUT
    assert tree.newest_leaf(STORY, B) == D
    assert tree.newest_leaf(STORY, SEED) == CUT
    assert tree.newest_child(STORY, A) == C
    assert tree.newest_child(STORY, D) is None


def test_a_branch_is_not_what_its_job_writes() -> None:
    assert tree.job_of(STORY, A) == "j1"
    assert tree.job_of(STORY, CUT) is None
    assert tree.job_of(STORY, C) is None


def test_a_branch_is_known_by_what_it_leaves_and_by_no_text_that_is_only_alike() -> None:
    left = passage("left", text="Once upon", job="j1")
    alike = [
        passage("told anew", text="Once", job="j2", revises="left"),
        passage("edited", text="Once", origin=Origin.EDIT, revises="left"),
        passage("of another", text="Once", job="j1", revises="edited"),
    ]
    branch = passage("branch", text="Once", job="j1", revises="left")
    assert tree.branch_of(story(left, *alike), left, 4) is None
    told = story(left, *alike, branch)
    assert tree.branch_of(told, left, 4) == branch
    assert tree.branch_of(told, left, 2) is None


def test_a_passage_goes_on_as_the_last_one_before_it_that_was_asked_for() -> None:
    first = passage("first", job="j1")
    told = story(
        first,
        passage("edited", "seed", origin=Origin.EDIT, revises="first"),
        passage("second", "edited", job="j2"),
        passage("branch", "edited", origin=Origin.EDIT, revises="second"),
        passage("own", "branch", origin=Origin.EDIT),
        passage("begun by hand", "seed", origin=Origin.EDIT),
    )
    by_name = {each.id: each for each in told.passages}
    expected = {
        "first": "j1", "edited": "j1", "second": "j2", "branch": "j2", "own": "j2",
        "begun by hand": None, "seed": None,
    }  # fmt: skip
    assert {name: tree.told_like(told, by_name[name]) for name in expected} == expected
