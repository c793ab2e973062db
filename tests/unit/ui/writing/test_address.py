"""A step from one address to another."""

from services.ui.writing.address import OVERTAKEN_SECONDS, Address, Step

HERE, THERE, ELSEWHERE = (Address("story", passage) for passage in ("p1", "p2", "p3"))


def test_a_look_that_was_on_its_way_does_not_undo_a_step() -> None:
    step = Step(HERE, THERE, at=10.0)
    assert step.is_overtaken(HERE, came=10.2)
    assert not step.is_overtaken(THERE, came=10.2)
    assert not step.is_overtaken(ELSEWHERE, came=10.2)


def test_the_back_button_leads_back() -> None:
    assert not Step(HERE, THERE, at=10.0).is_overtaken(HERE, came=10.0 + OVERTAKEN_SECONDS)


def test_a_step_to_where_one_is_has_nothing_to_defend() -> None:
    assert not Step(HERE, HERE, at=10.0).is_overtaken(HERE, came=10.1)
