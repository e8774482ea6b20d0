"""What /translate does with its texts: one or many, plain or HTML.

Covers: texts that need no translating, the language when it is to be found ("auto"), HTML run by
run, and what to say when a text is declined. Does not cover: bodies and keys (routes.py).

Nothing is invented: a text, or a run of HTML, that no engine translates refuses the request, where
LibreTranslate would give it back as it was. Texts without letters, and those in the target language
already, are given back unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.translator.api.markup import Run, has_letters, read_document
from services.translator.api.refusal import Refusal, engine_refusal
from services.translator.detect import Detected, Detector
from services.translator.engines.interface import EngineError
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable
from services.translator.translate import Translation, Translator

AT_ONCE = 4
"""Texts of one request that are translated at the same time."""
IN_TARGET_CONFIDENCE = 0.8
"""How sure the detector must be that a text is in the target language already."""

T = TypeVar("T", bound=Hashable)
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Done:
    """One translated text: what it was taken to be in (confidence 0 to 1), and other answers."""

    text: str
    detected: Detected
    alternatives: list[str] = field(default_factory=list)


class Declined(Exception):
    """Nobody translates this text."""


class Translating:
    def __init__(
        self, translator: Translator, detector: Detector | None, languages: LanguageTable
    ) -> None:
        self._translator = translator
        self._detector = detector
        self._languages = languages

    async def each(
        self, texts: Sequence[str], source: Language | None, target: Language, *, html: bool
    ) -> list[Done]:
        """The texts translated; Refusal naming the first that is not, when there are several."""

        work = self._html if html else self._text
        results: list[Done] = []
        try:
            async for done in _in_order(texts, lambda text: work(text, source, target)):
                results.append(done)
        except (Declined, EngineError) as error:
            place = f"q[{len(results)}]: " if len(texts) > 1 else ""
            if isinstance(error, EngineError):
                raise engine_refusal(error, place) from error
            raise self._declined(source, target, place) from error
        return results

    async def _text(self, text: str, source: Language | None, target: Language) -> Done:
        core = text.strip()
        if not has_letters(core):
            return Done(text, Detected(source.code if source else ENGLISH_CODE, 0.0))
        if source is not None and source.locale == target.locale:
            return Done(text, Detected(source.code, 1.0))
        found = await self._translator.translate_text(core, source, target)
        if found is None:
            return await self._unchanged(text, source, target)
        before, after = text[: text.index(core)], text[text.index(core) + len(core) :]
        return Done(
            f"{before}{found.text}{after}",
            await self._detected(core, source, found, target),
            [f"{before}{other}{after}" for other in found.alternatives],
        )

    async def _html(self, text: str, source: Language | None, target: Language) -> Done:
        # 64 KiB of tags take a third of a second: other requests go on meanwhile.
        document = await asyncio.to_thread(read_document, text)
        runs = document.runs
        if not runs:
            return Done(text, Detected(source.code if source else ENGLISH_CODE, 0.0))
        if source is None and len(runs) > 1:
            ranked = await self._rank(document.text(), target)
            source = self._languages.by_code(ranked[0].code) if ranked else None
            sure = ranked[:1] if source else []
        else:
            sure = []
        done = [one async for one in _in_order(runs, lambda run: self._run(run, source, target))]
        filled = document.put([one.text for one in done])
        return Done(filled, (sure or [one.detected for one in done])[0])

    async def _run(self, run: Run, source: Language | None, target: Language) -> Done:
        """The run as one sentence with its tags in it, else its texts one by one."""
        whole, parts = run.whole, run.parts
        if whole is not None:
            try:
                done = await self._text(whole, source, target)
            except Declined:
                if parts == [whole]:
                    raise
            else:
                filled = run.put_whole(done.text)
                if filled is not None:
                    return Done(filled, done.detected)
        each = [await self._text(part, source, target) for part in parts]
        return Done(run.put_parts([one.text for one in each]), each[0].detected)

    async def _unchanged(self, text: str, source: Language | None, target: Language) -> Done:
        """A declined text may be in the target language already, when its own was not said."""
        if source is None and self._detector is not None:
            ranked = await self._detector.rank(text)
            best = ranked[0] if ranked else None
            if best and best.code == target.code and best.confidence >= IN_TARGET_CONFIDENCE:
                return Done(text, best)
            if await self._translator.knows(text, target):  # the detector is seldom sure of a word
                own = (one for one in ranked if one.code == target.code)
                return Done(text, next(own, Detected(target.code, 0.0)))
        raise Declined

    async def _detected(
        self, text: str, source: Language | None, found: Translation, target: Language
    ) -> Detected:
        if source is not None:
            return Detected(source.code, 1.0)
        ranked = await self._rank(text, target)
        confidence = next((one.confidence for one in ranked if one.code == found.source.code), 0.0)
        return Detected(found.source.code, confidence)

    async def _rank(self, text: str, target: Language) -> list[Detected]:
        if self._detector is None:
            return []
        sources = {start for start, end in self._translator.pairs() if end == target.code}
        return await self._detector.rank(text, among=sources)

    def _declined(self, source: Language | None, target: Language, place: str) -> Refusal:
        """400 where no engine does the pair, 422 where one does but not this text."""
        start = source.code if source else "auto"
        pairs = self._translator.pairs()
        if not any(end == target.code and start in ("auto", one) for one, end in pairs):
            return Refusal(400, f"{place}{start} is not translatable to {target.code}")
        reason = "no engine could translate all of this text"
        return Refusal(422, f"{place}{reason} from {start} to {target.code}")


async def _in_order(
    items: Sequence[T], work: Callable[[T], Coroutine[None, None, U]]
) -> AsyncIterator[U]:
    """`work` of every item in their order, AT_ONCE of them at a time and equal ones once.

    The first item whose work fails, in their order, decides the exception; the rest is cut.
    """
    places = asyncio.Semaphore(AT_ONCE)

    async def placed(item: T) -> U:
        async with places:
            return await work(item)

    tasks = {item: asyncio.create_task(placed(item)) for item in dict.fromkeys(items)}
    try:
        for item in items:
            yield await tasks[item]
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
