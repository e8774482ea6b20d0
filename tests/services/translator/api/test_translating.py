"""services.translator.api.translating: what a large document leaves of the service's loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.translator.api.translating import Translating
from services.translator.quality import Quality
from services.translator.reading.languages import LanguageTable
from services.translator.translate import Translator

pytestmark = pytest.mark.anyio


async def test_others_have_their_turn_while_a_large_document_is_read(
    languages: LanguageTable, words: Any
) -> None:
    english, french = languages.by_code("en"), languages.by_code("fr")
    assert english is not None
    assert french is not None
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    translator = Translator([words], Quality(), None, languages)
    tags = "<p>1</p>" * 8000
    done = await Translating(translator, None, languages).each([tags], english, french, html=True)
    other.cancel()
    assert done[0].text == tags
    assert turns > 50  # a document read on the loop leaves two
