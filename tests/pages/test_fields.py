"""The fields that describe a story, on the pages that have them."""

from tests.pages.room import Room


def numbers(room: Room) -> dict[str, object]:
    return {each.label: each.value for each in room.tab.number_input}


def test_what_was_set_on_one_page_stands_on_the_other(room: Room) -> None:
    room.open("write")
    before = numbers(room)
    next(each for each in room.tab.number_input if each.label == "Temperature").set_value(0.5)
    room.tab.run()
    room.tab.switch_page("views/compare.py").run()
    assert numbers(room) == before | {"Temperature": 0.5}
    room.tab.switch_page("views/write.py").run()
    assert numbers(room) == before | {"Temperature": 0.5}
