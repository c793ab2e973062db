"""The writing page as a person meets it: a seed becomes a story."""

from shared.schemas import Genre
from tests.pages.room import SEED, Room

def test_a_seed_becomes_a_story(room: Room) -> None:
    room.open("write")
    room.tab.text_area(key="sheet_story_seed").set_value("A fox who could read")
    room.tab.selectbox(key="sheet_genre").set_value(Genre.HORROR.value)
    room.press("Write")
    room.write(3)
    room.look_until("Done")
    print(room.shown()); print(room.tab.query_params, [b.label for b in room.tab.button])
    assert ">t1 t2 t3 <" in room.shown()
