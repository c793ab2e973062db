"""A worker killed on the Operations page, and the story that does not mind."""

from playwright.sync_api import Page, expect

from tests.e2e.acts import press
from tests.e2e.stage import WORKER, Room
from tests.processes import wait_until


def test_killed_worker_does_not_change_a_byte(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/operations")
    press(page, "Kill a worker now")
    worker = room.stack.workers[WORKER]
    wait_until(lambda: worker.poll() is not None, seconds=90, what="the worker was killed")
    expect(page.get_by_text("nobody has written for")).to_be_visible()
    expect(page.get_by_text("The same so far")).to_be_visible()
    page.reload()
    expect(page.get_by_text("nobody has written for")).to_be_visible()
    room.revive()
    expect(page.get_by_text("Identical, byte for byte")).to_be_visible(timeout=90_000)
    page.reload()
    expect(page.get_by_text("Identical, byte for byte")).to_be_visible()
    page.go_back()
    expect(page.locator(".once-steps")).to_have_count(0)
    page.go_forward()
    expect(page.get_by_text("Identical, byte for byte")).to_be_visible()
    retold, peaceful = page.locator(".once-hashes code").all_inner_texts()
    assert len(retold) == 64
    assert retold == peaceful
    steps = page.locator(".once-steps")
    expect(steps).to_contain_text(f"{WORKER} was killed at word")
    expect(steps).to_contain_text(f"s later by {WORKER} (attempt 2)")


def test_figures_follow_what_the_service_does(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/operations")
    expect(page.get_by_role("rowheader", name=WORKER)).to_be_visible()
    expect(page.get_by_role("meter", name="Slots in use")).to_have_attribute("aria-valuenow", "0")
    room.stack.stop_api()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    room.stack.start_api()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("rowheader", name=WORKER)).to_be_visible()
