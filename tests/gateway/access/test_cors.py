"""Pages of other sites: refused by the browser unless a setting names them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.settings import settings_from
from services.chassis import SettingsError

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


@pytest.mark.parametrize(
    "origin",
    [f"{SITE}/", "chat.example.org", f"{SITE}/chat", "https://Chat.example.org", f"{SITE}:443", ""],
)
async def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    with pytest.raises(SettingsError, match=r"CORS_ORIGINS.*at 0: must be"):
        settings_from({"GROUNDLING_GATEWAY_CORS_ORIGINS": json.dumps([origin])})


@pytest.mark.parametrize("origin", [SITE, "http://localhost:3000", "http://[::1]:3000", "*"])
async def test_an_origin_as_browsers_send_it_is_taken(origin: str) -> None:
    settings = settings_from({"GROUNDLING_GATEWAY_CORS_ORIGINS": json.dumps([origin])})
    assert settings.cors_origins == (origin,)


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
