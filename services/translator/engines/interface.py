"""The interface every translation engine has, and asking several in order.

Covers: one request in, ranked translations out; the first engine that knows an answer gives it.
Does not cover: what any engine knows (phrasebook.py, cldr.py, apertium.py, freedict.py).

How an engine can end:

    a non-empty list   the translations, best first
    an empty list      it does not know: the next engine is asked
    EngineError        it could not do its work; raised on only if no later engine knows
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.contract import ErrorCode
from services.translator.reading.languages import Language


class EngineError(Exception):
    """An engine failed; `code` is the error code the service answers with."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Request:
    """Translate `text` into `target`.

    source None: not said; engines take English, or, when the target is English, what they find.
    other_readings: the text without words that may belong to the question ("what is ..."), asked
    when `text` itself is unknown to an engine.
    """

    text: str
    target: Language
    source: Language | None = None
    other_readings: tuple[str, ...] = ()


class Engine(Protocol):
    """Something that translates."""

    @property
    def name(self) -> str: ...

    async def translate(self, request: Request) -> list[str]: ...


async def first_answer(engines: Sequence[Engine], request: Request) -> list[str]:
    """The answer of the first engine that has one, without repetitions; [] when none has."""
    failure: EngineError | None = None
    for engine in engines:
        for text in (request.text, *request.other_readings):
            try:
                found = await engine.translate(replace(request, text=text, other_readings=()))
            except EngineError as error:
                failure = failure or error
                break
            if found:
                return list(dict.fromkeys(found))
    if failure is not None:
        raise failure
    return []
