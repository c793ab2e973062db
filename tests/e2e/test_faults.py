"""What a reader sees when something breaks in the middle of a story: it goes on by itself."""

from playwright.sync_api import Page, expect

from shared.schemas import JobStatus
from tests.e2e.acts import LONG, expect_whole_story, job_of, shown, wait_for_words, write
from tests.e2e.stage import WORKER, Room
from tests.processes import wait_until


def test_killed_worker_costs_the_reader_time_and_nothing_else(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, tokens=LONG)
        wait_for_words(page)
        room.stack.kill(WORKER)
    seen = shown(page)
    assert job_of(room, job_id).status is JobStatus.RUNNING, "killed in the middle"
    expect(page.get_by_role("status").first).to_contain_text("Waiting to go on")
    room.revive()
    wait_until(lambda: len(shown(page)) > len(seen) + 20, seconds=60, what="the text goes on")
    assert shown(page).startswith(seen)
    expect_whole_story(page, room, job_id)
    assert job_of(room, job_id).attempts == 2


def test_restarted_api_needs_no_click(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, tokens=LONG)
        wait_for_words(page)
        room.stack.stop_api()
        expect(page.get_by_role("status").first).to_contain_text("Connection lost")
    room.stack.start_api()
    expect_whole_story(page, room, job_id)
    expect(page.get_by_role("status").first).to_contain_text("Done")
