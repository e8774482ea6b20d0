"""Keys as text and as rows: made once, stored without their secret, listed, revoked."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.access.keys import NewKey
from gateway.access.scopes import SCOPES
from gateway.access.token import digest, fits, new_token, read_token


def test_a_new_key_is_read_back_as_it_was_written() -> None:
    token = new_token()
    assert read_token(token.text) == token
    assert len(token.id) == 12
    assert len(token.secret) == 43, "256 bits, six a character"


def test_keys_are_never_alike() -> None:
    tokens = [new_token() for _ in range(100)]
    assert len({token.id for token in tokens}) == len({token.secret for token in tokens}) == 100


def test_a_secret_shows_in_no_representation() -> None:
    token = new_token()
    assert token.secret not in repr(token)


@pytest.mark.parametrize("change", ["{}x", " {}", "{}\n", "GL{}", "{}="])
def test_what_only_resembles_a_key_is_none(change: str) -> None:
    assert read_token(change.format(new_token().text)) is None


def test_a_secret_fits_its_own_digest_only_and_never_a_missing_one() -> None:
    token, other = new_token(), new_token()
    assert fits(token, digest(token.secret))
    assert not fits(token, digest(other.secret))
    assert not fits(token, None)


@pytest.mark.anyio
async def test_the_database_holds_no_secret(gate: Any, tmp_path: Path) -> None:
    there = await gate()
    _, token = await there.keys.create(NewKey("Ana's phone"))
    stored = _database_in(tmp_path)
    assert token.id.encode() in stored
    assert token.secret.encode() not in stored


def _database_in(folder: Path) -> bytes:
    """All of its files, SQLite's log among them."""
    return b"".join(file.read_bytes() for file in folder.glob("sessions.db*"))


@pytest.mark.anyio
async def test_keys_are_found_and_listed_as_they_were_made_oldest_first(gate: Any) -> None:
    there = await gate()
    first, _ = await there.keys.create(NewKey("first", ("tools", "chat"), 1.5, 7, 2))
    there.time.passed_s = 1
    second, _ = await there.keys.create(NewKey("second"))
    assert await there.keys.find(first.id) == first
    assert await there.keys.find("unknown") is None
    assert await there.keys.all() == [first, second]
    assert first.scopes == ("chat", "tools")
    assert first.expires_at == "2030-01-02T12:00:00.000+00:00"
    assert second.scopes == SCOPES


@pytest.mark.anyio
async def test_revoking_again_keeps_the_first_time_and_an_unknown_key_is_said_so(
    gate: Any,
) -> None:
    there = await gate()
    key, _ = await there.keys.create(NewKey("k"))
    assert await there.keys.revoke(key.id)
    there.time.passed_s = 60
    assert await there.keys.revoke(key.id)
    [stored] = await there.keys.all()
    assert stored.revoked_at == "2030-01-01T00:00:00.000+00:00"
    assert not await there.keys.revoke("unknown")


@pytest.mark.anyio
async def test_only_a_key_that_still_works_counts_as_usable(gate: Any) -> None:
    there = await gate()
    assert not await there.keys.any_usable()
    await there.keys.create(NewKey("short", expires_days=1))
    assert await there.keys.any_usable()
    there.time.passed_s = 86_400
    assert not await there.keys.any_usable()
    key, _ = await there.keys.create(NewKey("lasting"))
    assert await there.keys.any_usable()
    await there.keys.revoke(key.id)
    assert not await there.keys.any_usable()


@pytest.mark.anyio
async def test_a_scope_that_this_version_does_not_know_gives_nothing(
    gate: Any, tmp_path: Path
) -> None:
    there = await gate()
    key, _ = await there.keys.create(NewKey("k", ("chat",)))
    with sqlite3.connect(tmp_path / "sessions.db") as database:
        database.execute("UPDATE api_keys SET scopes = 'everything chat'")
    found = await there.keys.find(key.id)
    assert found is not None
    assert found.scopes == ("chat",)
