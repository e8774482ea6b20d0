"""Reads a request for a translation out of one string.

Covers: which words are to be translated, into which language, and from which if said. Does not
cover: whether anything can be translated (the engines). What is read, with the language last:

    X in|to|into LANGUAGE                       hello in French
    translate X to|into|in LANGUAGE             translate "good night" into German
    translate X from LANGUAGE to LANGUAGE       translate gato from Spanish to English
    translate to|into LANGUAGE: X               translate to Polish: thank you
    how do you say X in LANGUAGE                How do you say "dog" in Dutch?
    [what is the] LANGUAGE [word] for X         the French word for cheese

The last "in|to|into LANGUAGE" decides, and only where it ends the string, so "How old is Rafael
Nadal in French Open history?" asks for nothing. A country is not a language: "the population of
China in Turkey" is declined. Codes that are English words ("it", "no") name a language only in
capitals or after "translate" (languages.WORD_CODES).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.translator.reading.languages import Language, LanguageTable

_QUOTES = "\"'“”‘’„‚«»‹›`"  # noqa: RUF001  these are the quotation marks people type
_ENDING = " \t\r\n?!.…"
_TARGET_LAST = re.compile(r"(?P<text>.+)\s(?:in|to|into)\s+(?P<language>\S.*)", re.I | re.S)
_SOURCE_LAST = re.compile(r"(?P<text>.+)\sfrom\s+(?P<language>\S.*)", re.I | re.S)
_TRANSLATE = re.compile(
    r"(?:please\s+|(?:can|could)\s+you\s+)?translate\s+(?P<rest>.+)", re.I | re.S
)
_TARGET_FIRST = re.compile(
    r"(?:in|to|into)\s+(?P<language>[^:,]+?)\s*[:,]\s*(?P<text>.+)", re.I | re.S
)
_SAY = re.compile(
    r"how\s+(?:(?:do|does|would|can|could|should)\s+(?:you|i|we|one|people)|to)\s+say\s+(?P<text>.+)",
    re.I | re.S,
)
_WORD_FOR = re.compile(
    r"(?:what(?:\s+is|'s|’s)\s+)?(?:the\s+)?(?P<language>\S+?(?:\s\S+?)??)"  # noqa: RUF001
    r"(?:\s+(?:word|term|phrase|expression|translation|name))?\s+(?:for|of)\s+(?P<text>.+)",
    re.I | re.S,
)
_WORD_IN = re.compile(
    r"the\s+(?:word|term|phrase|expression|sentence)s?(?:\s+for)?\s+(?P<text>.+)", re.I
)
_QUESTION = re.compile(r"(?:what(?:\s+is|'s|’s)|say)\s+(?P<text>.+)", re.I | re.S)  # noqa: RUF001
_LANGUAGE_WORDS = re.compile(r"(?:the\s+)?(?P<name>.+?)(?:\s+language)?", re.I)


@dataclass(frozen=True, slots=True)
class Request:
    """Translate `text` (without its quotation marks) into `target`; source None: not said."""

    text: str
    target: Language
    source: Language | None = None


def parse(text: str, languages: LanguageTable) -> list[Request]:
    """The readings of `text` as a request, the most literal first; [] when it asks for none."""
    asked = text.strip().rstrip(_ENDING)
    translate = _TRANSLATE.fullmatch(asked)
    if translate is not None:
        return _parse_translate(translate["rest"], languages)
    last = _split_language(_TARGET_LAST, asked, languages)
    if last is None:
        return _parse_word_for(asked, languages)
    words, target = last
    said = _SAY.fullmatch(words)
    return _requests(said["text"] if said else words, target, None)


def _parse_translate(rest: str, languages: LanguageTable) -> list[Request]:
    last = _split_language(_TARGET_LAST, rest, languages, any_code=True)
    if last is None:
        first = _TARGET_FIRST.fullmatch(rest)
        target = _language(first["language"], languages, any_code=True) if first else None
        return _requests(first["text"], target, None) if first and target else []
    words, target = last
    source = _split_language(_SOURCE_LAST, words, languages, any_code=True)
    if source is None:
        return _requests(words, target, None)
    return _requests(source[0], target, source[1])


def _parse_word_for(asked: str, languages: LanguageTable) -> list[Request]:
    match = _WORD_FOR.fullmatch(asked)
    target = _language(match["language"], languages) if match else None
    # A code is too little to go by here: "it for you" is no request.
    if match is None or target is None or len(match["language"]) <= 3:
        return []
    return _requests(match["text"], target, None)


def _split_language(
    form: re.Pattern[str], text: str, languages: LanguageTable, *, any_code: bool = False
) -> tuple[str, Language] | None:
    match = form.fullmatch(text)
    language = _language(match["language"], languages, any_code=any_code) if match else None
    return (match["text"], language) if match and language else None


def _language(words: str, languages: LanguageTable, *, any_code: bool = False) -> Language | None:
    named = _LANGUAGE_WORDS.fullmatch(words.strip(_QUOTES + _ENDING))
    return languages.find(named["name"], any_code=any_code) if named else None


def _requests(text: str, target: Language, source: Language | None) -> list[Request]:
    words, quoted = _unquote(text)
    if not any(character.isalpha() for character in words):
        return []
    readings = [words]
    if not quoted:
        for form in (_QUESTION, _WORD_IN):
            match = form.fullmatch(readings[-1])
            if match is not None:
                readings.append(_unquote(match["text"])[0])
    return [Request(reading, target, source) for reading in readings if reading]


def _unquote(text: str) -> tuple[str, bool]:
    """`text` without the quotes around it and a trailing comma, and whether it had quotes."""
    bare = text.strip().rstrip(",:").rstrip()
    if len(bare) > 2 and bare[0] in _QUOTES and bare[-1] in _QUOTES:
        return bare[1:-1].strip(), True
    return bare, False
