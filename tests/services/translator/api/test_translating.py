"""services.translator.api.translating: texts that stay, and what a large document leaves of the
service's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.translator.api.refusal import Refusal
from services.translator.api.translating import Translating
from services.translator.detect import Detector
from services.translator.engines.interface import Kind
from services.translator.quality import Quality
from services.translator.reading.languages import Language, LanguageTable
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


class Dictionary:
    """Knows one word of French, and no translation."""

    name = "dictionary"
    kind = Kind.WORDS

    def pairs(self) -> list[tuple[str, str]]:
        return [("en", "fr"), ("fr", "en")]

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        return []

    async def known_words(self, words: Sequence[str], code: str) -> int:
        return sum(code == "fr" and word.lower() == "salut" for word in words)

    async def stop(self) -> None: ...


async def test_a_word_of_the_target_language_comes_back_as_it_is(
    languages: LanguageTable,
) -> None:
    french = languages.by_code("fr")
    assert french is not None
    detector = Detector("low", ["en", "fr"])
    translator = Translator([Dictionary()], Quality(), detector, languages)
    translating = Translating(translator, detector, languages)
    done = await translating.each([" Salut!"], None, french, html=False)
    assert (done[0].text, done[0].detected.code) == (" Salut!", "fr")
    with pytest.raises(Refusal) as caught:
        await translating.each(["Xyzzy!"], None, french, html=False)
    assert caught.value.status == 422
