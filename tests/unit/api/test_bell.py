"""Who waits is woken by the bell or by the end of their time, whichever comes first."""

import asyncio
import gc
import weakref

import pytest

from services.api.bell import Bell

LONG, SHORT = 60.0, 0.02


def ring_soon(bell: Bell) -> None:
    asyncio.get_running_loop().call_soon(bell.ring)


async def test_a_ring_wakes_at_once() -> None:
    bell = Bell()
    ring_soon(bell)
    assert await bell.wait(LONG)
    bell.stop()


async def test_silence_ends_in_time_and_the_next_wait_has_its_own() -> None:
    bell = Bell()
    clock = asyncio.get_running_loop().time
    began = clock()
    assert not await bell.wait(SHORT)
    assert not await bell.wait(SHORT)
    assert clock() - began >= 2 * SHORT
    ring_soon(bell)
    assert await bell.wait(LONG)
    bell.stop()


async def test_a_later_wait_may_end_before_an_earlier_one_would_have() -> None:
    bell = Bell()
    ring_soon(bell)
    assert await bell.wait(LONG)
    async with asyncio.timeout(LONG):
        assert not await bell.wait(SHORT)


async def test_a_wait_is_not_ended_by_the_time_of_the_one_before() -> None:
    bell = Bell()
    loop = asyncio.get_running_loop()
    ring_soon(bell)
    assert await bell.wait(SHORT)
    began = loop.time()
    loop.call_later(5 * SHORT, bell.ring)
    assert await bell.wait(LONG)
    assert loop.time() - began >= 5 * SHORT
    bell.stop()


async def test_a_wait_that_is_put_off_ends_later() -> None:
    bell = Bell()
    loop = asyncio.get_running_loop()
    loop.call_soon(bell.put_off, 5 * SHORT)
    began = loop.time()
    assert not await bell.wait(SHORT)
    assert loop.time() - began >= 5 * SHORT


async def test_a_ring_that_nobody_waits_for_is_not_kept() -> None:
    bell = Bell()
    bell.ring()
    assert not await bell.wait(SHORT)


async def test_one_who_was_cancelled_is_not_woken_any_more() -> None:
    bell = Bell()
    waiting = asyncio.ensure_future(bell.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    bell.ring()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    ring_soon(bell)
    assert await bell.wait(LONG)
    bell.stop()


async def test_a_bell_that_was_stopped_is_held_by_no_timer() -> None:
    bell = Bell()
    ring_soon(bell)
    assert await bell.wait(LONG)
    held = weakref.ref(bell)
    bell.stop()
    del bell
    gc.collect()
    assert held() is None
