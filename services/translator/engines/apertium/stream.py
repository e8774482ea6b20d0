"""Apertium's stream format: a sentence into it, and an answer out of it.

Covers: escaping, masks, the sentence's end, and the marks on words that Apertium could not
translate. Does not cover: what to do about such words (names.py). Reference: wiki.apertium.org,
"Apertium stream format".

    *word            not in the source language's dictionary
    @lemma<tags>     no translation in the bilingual dictionary
    #lemma<tags>     a translation whose form could not be generated

A mask that stands for a word (services.translator.masks) is sent as a made-up word: rules then
treat it as an unknown noun, where a superblank would fall out of its place ("la maison d'est [X]
rouge"). A mask for formatting is sent as a superblank, `[X]`, which rules do not see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.translator.masks import FIRST_WORD, MARK_MASKS, MASKS, WORD_MASKS

# Letters every Latin-script pair knows and no word starts with; the index is written in five.
_TOKEN_START, _TOKEN_END, _DIGITS = "zkz", "z", "bdfgp"
_TOKEN = re.compile(rf"\*?{_TOKEN_START}([{_DIGITS}]{{1,6}}){_TOKEN_END}", re.I)
_SUPERBLANK = re.compile(rf"\[({MARK_MASKS.pattern})\]")
_SPECIAL = re.compile(r"([\\\[\]{}^$/<>@])")
_ESCAPED = re.compile(r"\\(.)")
_UNKNOWN = re.compile(r"(?<!\\)\*(\w[\w'’·-]{0,80})")  # noqa: RUF001
_TAGS = r"((?:\\<[^\\<>]{1,20}\\>){1,20})"
_BROKEN = re.compile(r"(?<!\\)([@#])([^\\\[\]*#@]{1,80}?)" + _TAGS)
_STRAY_MARK = re.compile(r"(?<!\\)[*#@]")
_ENDS = (".", "!", "?", "…")
_STOP, _END = ".", "[]"


class StreamError(Exception):
    """A text that cannot be sent, or an answer that cannot be read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that Apertium gave back marked. tags: such as ("n", "f", "sg"); () for "*"."""

    sign: str
    word: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A translated sentence without marks, and which words had one."""

    text: str
    marks: list[Mark]


def encode(sentence: str) -> str:
    """One sentence in the stream format, with a full stop where it has no end.

    StreamError: it holds what could not be told from a mark or a mask's stand-in.
    """
    text = " ".join(sentence.split())
    if _STRAY_MARK.search(text) or _TOKEN_START in text.casefold():
        raise StreamError("the text has characters that Apertium uses as marks")
    escaped = _SPECIAL.sub(r"\\\1", text)
    escaped = WORD_MASKS.sub(lambda found: _token(ord(found.group()) - FIRST_WORD), escaped)
    escaped = MARK_MASKS.sub(lambda found: f"[{found.group()}]", escaped)
    return escaped + ("" if text.endswith(_ENDS) else _STOP) + _END


def decode(output: str, sentence: str) -> Answer:
    """What the answer to `encode(sentence)` says.

    StreamError: it holds a mark that belongs to no word.
    """
    text = _TOKEN.sub(lambda found: _mask(found.group(1)), output)
    text = _SUPERBLANK.sub(r"\1", text).strip().removesuffix(_END)
    marks: list[Mark] = []

    def unmark(found: re.Match[str]) -> str:
        sign, word, tags = found.groups()
        marks.append(Mark(sign, word, tuple(re.findall(r"[^\\<>]+", tags))))
        return str(word)

    def unstar(found: re.Match[str]) -> str:
        marks.append(Mark("*", found.group(1)))
        return found.group(1)

    text = _UNKNOWN.sub(unstar, _BROKEN.sub(unmark, text))
    if _STRAY_MARK.search(text):
        raise StreamError("the answer has a mark without a word")
    plain = _ESCAPED.sub(r"\1", text).strip()
    if not sentence.rstrip().endswith(_ENDS):
        plain = plain.removesuffix(_STOP).rstrip()
    return Answer(plain, marks)


def _token(index: int) -> str:
    digits = ""
    while index or not digits:
        index, digit = divmod(index, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return f"{_TOKEN_START}{digits}{_TOKEN_END}"


def _mask(digits: str) -> str:
    index = 0
    for digit in digits.lower():
        index = index * len(_DIGITS) + _DIGITS.index(digit)
    place = chr(FIRST_WORD + index)
    return place if MASKS.fullmatch(place) else ""
