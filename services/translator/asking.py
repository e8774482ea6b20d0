"""Asks engines for one sentence in one pair of languages, until one answers.

Covers: masks and the check of what was kept, letter case and closing marks, how long an engine may
take, and failures. Does not cover: which engines in which order (translate.py).

An engine that cannot keep a text's addresses and numbers is asked up to three times: with the
addresses masked, with the numbers masked too, and with nothing masked, since some engines copy an
address better than a strange letter. An answer that lost one or changed one is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis import remaining_ms
from services.contract import ErrorCode
from services.translator.engines.cldr import locale_index
from services.translator.engines.interface import Engine, EngineError, Kind
from services.translator.masks import Masked, kept, mask
from services.translator.reading.languages import Language, fold
from services.translator.shape import shape

_log = logging.getLogger(__name__)

SHARE_WITH_MORE_TO_COME = 0.6
"""Share of the time left that an engine may take while another could still be asked."""
RESERVE_S = 0.03
"""Kept back for the answer itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The results of one engine, best first, at least one."""

    results: list[str]
    engine: str


async def ask(
    engines: Sequence[Engine], text: str, source: Language, target: Language
) -> Answer | None:
    """The first engine's answer; None when all decline.

    EngineError: none answered, and one failed; the first failure.
    """
    failure: EngineError | None = None
    for place, engine in enumerate(engines):
        more = place + 1 < len(engines)
        try:
            results = await _in_time(engine, text, source, target, more_to_come=more)
        except EngineError as error:
            failure = failure or error
            continue
        if results and engine.kind is Kind.NAMES and text.islower():
            words = [one for one in engines[place + 1 :] if one.kind is Kind.WORDS]
            results = await _with_other_senses(results, words, text, source, target)
        if results:
            return Answer(results, engine.name)
    if failure is not None:
        raise failure
    return None


async def _with_other_senses(
    names: Sequence[str], words: Sequence[Engine], text: str, source: Language, target: Language
) -> list[str]:
    """The names, and what else a text without capitals may mean: "turkey" is a bird too."""
    try:
        further = await ask(words, text, source, target)
    except EngineError:  # logged
        further = None
    found = {fold(one): one for one in reversed(further.results if further else [])}
    known = {fold(one) for one in names}
    return [*names, *(one for key, one in reversed(found.items()) if key not in known)]


async def _in_time(
    engine: Engine, text: str, source: Language, target: Language, *, more_to_come: bool
) -> list[str]:
    """One engine's results; EngineError when it failed, whatever way."""
    try:
        async with asyncio.timeout(_limit_s(more_to_come=more_to_come)):
            return await _checked(engine, text, source, target)
    except EngineError as error:
        _log.warning("engine %s failed: %s", engine.name, error.code.value)
        raise
    except TimeoutError as error:
        _log.warning("engine %s failed: %s", engine.name, ErrorCode.DEADLINE.value)
        raise EngineError(ErrorCode.DEADLINE, f"{engine.name} took too long") from error
    except Exception as error:
        _log.warning("engine %s failed: %s", engine.name, type(error).__name__)
        raise EngineError(ErrorCode.INTERNAL, f"{engine.name} failed") from error


async def _checked(engine: Engine, text: str, source: Language, target: Language) -> list[str]:
    """The results that kept what must be kept, shaped like the text, without repetitions."""
    is_name = engine.kind is Kind.NAMES or fold(text) in locale_index(source.locale)
    for attempt in _attempts(text) if engine.kind is Kind.SENTENCES else [Masked(text, {})]:
        found = await engine.translate(attempt.text, source, target)
        if not found:
            return []
        restored = [attempt.restore(one) for one in found]
        whole = [one for one in restored if one is not None and kept(text, one)]
        if whole:
            shaped = [shape(text, one, source.code, target.code, name=is_name) for one in whole]
            return list(dict.fromkeys(shaped))
    return []


def _attempts(text: str) -> Sequence[Masked]:
    masked, more, plain = mask(text), mask(text, numbers=True), Masked(text, {})
    # A text that has characters of the private use area itself is never given as it is.
    attempts = [masked, more] if plain.restore(text) is None else [masked, more, plain]
    return list({attempt.text: attempt for attempt in attempts}.values())


def _limit_s(*, more_to_come: bool) -> float | None:
    left_ms = remaining_ms()
    if left_ms is None:
        return None
    left_s = max(0.0, left_ms / 1000 - RESERVE_S)
    return left_s * SHARE_WITH_MORE_TO_COME if more_to_come else left_s
