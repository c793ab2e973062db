"""What a person does on the comparing page."""

import json

from services.ui.comparing.pair import ComparingState
from services.ui.state import PageState
from shared.jobs import JobView
from shared.opinions import Winner
from tests.pages.room import SEED, Room, wait_for

HOSTILE = '<img src="http://x.invalid/a.png"> ![b](http://x.invalid/c.png) **d**'
VOTES = {"Story A": Winner.A, "Neither": Winner.TIE, "Story B": Winner.B}


def ask(room: Room, seed: str = SEED) -> None:
    room.open("compare")
    fill_and_send(room, seed)


def fill_and_send(room: Room, seed: str = SEED) -> None:
    seeds = next(area for area in room.tab.text_area if area.label == "Story seed")
    seeds.set_value(seed)
    room.press("Write")


def jobs_of(room: Room) -> tuple[JobView, JobView]:
    """Story A's and story B's."""
    a, b = (room.client.jobs.read(str(room.tab.query_params[name])) for name in "ab")
    return a, b


def write_both(room: Room) -> None:
    room.write(3)
    room.write(5)


def both_told(room: Room, seed: str = SEED) -> tuple[JobView, JobView]:
    """Two stories that are written: A of 3 tokens, B of 5."""
    ask(room, seed)
    write_both(room)
    look_until_votes_can_be_cast(room)
    return jobs_of(room)


def all_of(room: Room) -> str:
    """Whatever is sent to the browser, and the address."""
    sent = "".join(str(node.proto) for node in room.tab.main)
    return f"{sent}\n{dict(room.tab.query_params)}"


def votes_can_be_cast(room: Room) -> bool:
    enabled = {button.label for button in room.tab.button if not button.disabled}
    return set(VOTES) <= enabled


def look_until_votes_can_be_cast(room: Room) -> None:
    def seen() -> bool:
        room.tab.run()
        assert not room.tab.exception
        return votes_can_be_cast(room)

    wait_for(seen, "both have ended")


def comparing_of(room: Room) -> ComparingState:
    state = room.tab.session_state["page"]
    assert isinstance(state, PageState)
    return state.comparing


def compared(room: Room) -> list[dict[str, str]]:
    """The comparisons that are kept."""
    lines = room.client.opinions.export().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "comparison"]
