"""Which click is part of the one before."""

import time

import pytest

from services.ui.clicks import DOUBLE_CLICK_SECONDS, Shown


def test_a_click_is_the_same_until_the_page_is_drawn_and_a_moment_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    shown = Shown()
    now += 60
    assert shown.is_new, "however long the page takes"

    shown.note()
    now += DOUBLE_CLICK_SECONDS / 2
    assert shown.is_new
    shown.note()
    now += DOUBLE_CLICK_SECONDS / 2
    assert not shown.is_new, "drawing the page again does not make it newer"
