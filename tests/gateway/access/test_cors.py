"""Pages of other sites: refused by the browser unless a setting names them."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

SITE = "https://chat.example.org"
ASKED = {
    "origin": SITE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-stainless-os",
}


async def test_by_default_no_other_sites_page_may_read_an_answer(gate: Any) -> None:
    there = await gate()
    key = await there.key()
    async with there.client() as client:
        asked = await client.options("/v1/chat", headers=ASKED | key)
        answer = await client.get("/v1/sessions", headers={"origin": SITE, **key})
    assert (asked.status_code, answer.status_code) == (405, 200)
    for one in (asked, answer):
        assert "access-control-allow-origin" not in one.headers


@pytest.mark.parametrize("peer", [("203.0.113.7", 50000), ("127.0.0.1", 50000)], ids=str)
async def test_a_named_sites_page_may_ask_without_a_key_but_call_only_with_one(
    peer: Any, gate: Any
) -> None:
    there = await gate(cors_origins=(SITE,))
    key = await there.key()
    async with there.client(peer, "localhost:8080") as client:
        asked = await client.options("/v1/chat", headers=ASKED)
        without = await client.post("/v1/chat", headers={"origin": SITE})
        answer = await client.post("/v1/chat", headers={"origin": SITE, **key})
    assert asked.status_code == 200
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "x-stainless-os" in allowed
    assert "access-control-allow-credentials" not in asked.headers
    assert (without.status_code, answer.status_code) == (401, 200)
    for one in (asked, without, answer):
        assert one.headers["access-control-allow-origin"] == SITE
    assert "Retry-After" in without.headers["access-control-expose-headers"]


async def test_a_site_that_is_not_named_is_told_nothing(gate: Any) -> None:
    there = await gate(cors_origins=(SITE,))
    other = {"origin": "https://other.example.org"}
    key = await there.key()
    async with there.client() as client:
        asked = await client.options("/v1/chat", headers=ASKED | other)
        answer = await client.get("/v1/sessions", headers=other | key)
    assert (asked.status_code, answer.status_code) == (400, 200)
    for one in (asked, answer):
        assert "access-control-allow-origin" not in one.headers
