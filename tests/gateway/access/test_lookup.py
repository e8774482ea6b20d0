"""What is remembered of keys, for how long, and how much the database is asked."""

from __future__ import annotations

import asyncio

import pytest

from gateway.access import lookup
from gateway.access.keys import Key
from gateway.access.lookup import KeyLookup
from gateway.database.failures import StoreUnavailable
from services.chassis import Failure
from services.contract import ErrorCode

pytestmark = pytest.mark.anyio

KEY = Key("k", "name", "d" * 64, (), "2030", None, None, None, None)


class Keys:
    """Answers look-ups, and counts them; `gate` holds them up."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.now_s = 0.0

    async def find(self, key_id: str) -> Key | None:
        self.asked.append(key_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
        finally:
            self.at_once -= 1
        if self.error is not None:
            raise self.error
        return KEY if key_id == "k" else None

    def lookup(self, timeout_s: float = 10.0) -> KeyLookup:
        return KeyLookup(self.find, remember_s=2.0, timeout_s=timeout_s, clock=lambda: self.now_s)


async def test_known_and_unknown_keys_are_asked_for_once_in_the_time() -> None:
    keys = Keys()
    found = keys.lookup()
    for key_id, expected in (("k", KEY), ("u", None)):
        keys.now_s = 0.0
        assert [await found.find(key_id) for _ in range(3)] == [expected] * 3
        keys.now_s = 2.0
        assert await found.find(key_id) == expected
    assert keys.asked == ["k", "k", "u", "u"]


async def test_a_look_up_is_remembered_from_when_it_was_asked() -> None:
    keys = Keys()
    found = keys.lookup()
    keys.gate.clear()
    asking = asyncio.create_task(found.find("k"))
    await asyncio.sleep(0)
    keys.now_s = 1.5
    keys.gate.set()
    await asking
    keys.now_s = 2.0
    await found.find("k")
    assert keys.asked == ["k", "k"]


async def test_of_many_ids_only_the_latest_are_remembered() -> None:
    keys = Keys()
    found = keys.lookup()
    await found.find("k")
    for number in range(lookup.MAX_REMEMBERED):
        await found.find(f"u{number}")
    asked = len(keys.asked)
    await found.find(f"u{lookup.MAX_REMEMBERED - 1}")
    assert len(keys.asked) == asked
    await found.find("k")
    assert len(keys.asked) == asked + 1


async def test_the_database_gets_few_look_ups_at_once_and_few_wait() -> None:
    keys = Keys()
    found = keys.lookup()
    keys.gate.clear()
    waiting = [asyncio.create_task(found.find(f"u{n}")) for n in range(lookup.MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Failure) as refused:
        await found.find("one more")
    assert (refused.value.code, refused.value.retry_after_s) == (ErrorCode.OVERLOADED, 1)
    keys.gate.set()
    await asyncio.gather(*waiting)
    assert keys.most_at_once == lookup.MAX_AT_ONCE
    assert await found.find("one more") is None, "there is room again"


async def test_guesses_that_wait_do_not_keep_out_a_key_that_was_there() -> None:
    keys = Keys()
    found = keys.lookup()
    await found.find("k")
    keys.now_s = 2.0
    keys.gate.clear()
    guesses = [asyncio.create_task(found.find(f"u{n}")) for n in range(lookup.MAX_WAITING)]
    asking = asyncio.create_task(found.find("k"))
    await asyncio.sleep(0)
    assert not asking.done()
    keys.gate.set()
    assert await asking == KEY
    await asyncio.gather(*guesses)


async def test_even_for_keys_that_were_there_only_so_many_look_ups_wait() -> None:
    keys = Keys()
    found = keys.lookup()
    await found.find("k")
    keys.now_s = 2.0
    keys.gate.clear()
    most = lookup.MAX_WAITING_FOR_KEYS
    waiting = [asyncio.create_task(found.find("k")) for _ in range(most)]
    await asyncio.sleep(0)
    with pytest.raises(Failure, match=f"{most} API keys are already"):
        await found.find("k")
    keys.gate.set()
    await asyncio.gather(*waiting)


async def test_a_database_that_fails_lets_nobody_in_and_is_asked_again() -> None:
    keys = Keys()
    found = keys.lookup()
    keys.error = StoreUnavailable("is locked")
    with pytest.raises(Failure) as failed:
        await found.find("k")
    assert (failed.value.code, failed.value.retry_after_s) == (ErrorCode.UNAVAILABLE, 1)
    keys.error = None
    assert await found.find("k") == KEY


async def test_a_database_that_does_not_answer_is_waited_for_no_longer_than_allowed() -> None:
    keys = Keys()
    keys.gate.clear()
    with pytest.raises(Failure) as failed:
        await keys.lookup(timeout_s=0.005).find("k")
    assert failed.value.code is ErrorCode.UNAVAILABLE
    assert keys.at_once == 0
