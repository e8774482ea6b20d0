"""libretranslatepy, LibreTranslate's own client, unchanged, against the served API."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.error import HTTPError

import pytest
from libretranslatepy import LibreTranslateAPI

pytestmark = pytest.mark.anyio


async def test_the_client_translates_detects_and_lists(listen: Any, make_app: Any) -> None:
    async with listen(make_app()) as url:
        client = LibreTranslateAPI(url)
        text = await asyncio.to_thread(client.translate, "Hello & world", "en", "fr")
        detected = await asyncio.to_thread(client.detect, "Je voudrais un croissant, merci")
        languages = await asyncio.to_thread(client.languages)
    assert text == "Bonjour & monde"
    assert detected[0]["language"] == "fr"
    english = next(one for one in languages if one["code"] == "en")
    assert (english["name"], english["targets"]) == ("English", ["fr"])


async def test_the_client_s_key_is_taken(listen: Any, make_app: Any) -> None:
    async with listen(make_app(api_key="key")) as url:
        client = LibreTranslateAPI(url, "key")
        assert await asyncio.to_thread(client.translate, "cats", "auto", "fr") == "chats"
        assert await asyncio.to_thread(client.detect, "cats")
        assert await asyncio.to_thread(client.languages)
        with pytest.raises(HTTPError) as refused:
            await asyncio.to_thread(LibreTranslateAPI(url).translate, "cats", "en", "fr")
    assert refused.value.code == 403


@pytest.mark.parametrize(("text", "target", "status"), [("gnomes", "fr", 422), ("cats", "cy", 400)])
async def test_the_client_raises_what_is_declined_with_its_reason(
    text: str, target: str, status: int, listen: Any, make_app: Any
) -> None:
    async with listen(make_app()) as url:
        client = LibreTranslateAPI(url)
        with pytest.raises(HTTPError) as declined:
            await asyncio.to_thread(client.translate, text, "en", target)
        reason = json.loads(await asyncio.to_thread(declined.value.read))["error"]
    assert declined.value.code == status
    assert f"to {target}" in reason
