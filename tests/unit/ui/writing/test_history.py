"""Stepping back and forth."""

from services.ui.writing.history import History


def test_undo_and_redo_go_the_way_that_was_come() -> None:
    history = History()
    history.leave("a")
    history.leave("b")
    assert history.undo("c", "parent") == "b"
    assert history.undo("b", "parent") == "a"
    assert history.redo("a", "child") == "b"
    assert history.redo("b", "child") == "c"
    assert history.undo("c", "parent") == "b"


def test_a_new_act_ends_the_way_forward() -> None:
    history = History()
    history.leave("a")
    assert history.undo("b", None) == "a"
    history.leave("a")
    assert history.redo("c", None) is None


def test_without_a_past_it_is_the_parent_and_redo_returns() -> None:
    history = History()
    assert history.undo("b", "a") == "a"
    assert history.redo("a", "newest") == "b"


def test_where_there_is_nothing_nothing_is_remembered() -> None:
    history = History()
    assert history.undo("a", None) is None
    assert history.redo("a", None) is None
    assert history == History()


def test_a_step_that_the_browser_took_is_not_taken_again() -> None:
    history = History()
    history.leave("a")
    history.leave("b")
    assert history.undo("b", None) == "a"
