"""The interface every translation engine has.

Covers: what an engine is and how it can end. Does not cover: what any engine knows (the other
modules here), or who is asked first (services.translator.translate).

How an engine can end:

    a non-empty list   the translations, best first
    an empty list      it does not know: the next engine is asked
    EngineError        it could not do its work; raised on only if no other engine knows

A text may hold characters of Unicode's private use area (services.translator.masks): each stands
for something that is kept as it is, an address or a placeholder, and has to come back once, where
it belongs. An engine that cannot do that gives what it gives; its answer is checked and dropped.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

from services.contract import ErrorCode
from services.translator.reading.languages import Language


class EngineError(Exception):
    """An engine failed; `code` is the error code the service answers with.

    The message names the engine's part that failed and never holds the user's text.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Kind(StrEnum):
    """What an engine is good for; decides when it is asked."""

    NAMES = "names"  # of languages, countries, days, months, currencies
    PHRASES = "phrases"  # set phrases, as a whole or not at all
    WORDS = "words"  # a dictionary: a word or two
    SENTENCES = "sentences"  # any text


class Engine(Protocol):
    """Something that translates."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    def pairs(self) -> Collection[tuple[str, str]]:
        """The (source, target) codes it can do now. Cheap. NAMES engines may give none."""
        ...

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        """The translations of `text`, best first; [] when it does not know.

        EngineError: it could not work.
        """
        ...

    async def stop(self) -> None:
        """Give back what it holds. It may be asked again, and then starts anew."""
        ...
