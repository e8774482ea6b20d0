"""From the text that a form has found to the readings of it, and the check that it is a text.

Covers: quotation marks, "the word" before a text, and the two ways in which a text was found:
*framed* by words that ask for a translation ("how do you say", "translate"), when any text will do,
or *bare*, when it must not be about the world (world.py). Does not cover: the forms (parse.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.translator.reading.grammar import compile_form, either
from services.translator.reading.languages import Language, LanguageTable
from services.translator.reading.quotes import first_quotation, unquote
from services.translator.reading.world import (
    is_about_language,
    is_about_the_world,
    is_direction,
    is_no_text,
    is_question,
    is_whole_question,
)

_NAMED_WORD = compile_form(
    r"(?P<article>the |an? )?(?:(?P<source>\S{4,20}(?: \S{4,20})?) )?"
    r"(?P<kind>words?(?! (?:order|count|class|stress|formation)\b)|terms?|phrases?|expressions?"
    r"|sentences?|verb|noun|adjective|question)(?P<link> (?:for|meaning))?:? {text}"
)
_STATEMENT = compile_form(r"(?:is|was|are|has|i|you|we|they|that|in) .*")
_QUOTATION = r"(?P<text>\"[^\"]+\"|“[^”]+”|„[^“”]+[“”]|«[^»]+»|‘[^’]+’|'.+')"  # noqa: RUF001
_KINDS = """
    word, phrase, sentence, expression, text, Wort, Satz, Ausdruck, mot, palabra, frase, parola,
    palavra, woord, zin, ordet, meningen, sætningen, setningen, słowo, zdanie, слово, фразу"""
_NAMED_QUOTATION = compile_form(
    rf"(?:\S+ ){{0,3}}{either(_KINDS)}(?: (?:for|für|pour|para|per|voor|för|of|de))?:? {_QUOTATION}"
)
_OF_LANGUAGE = compile_form(
    rf"(?:the )?(?P<source>\S{{4,20}}(?: \S{{4,20}})?) {_QUOTATION}"
    r"|(?P<before>.+) \((?P<after>[^()]+)\)"
)
MAX_WORD_WORDS = 2  # "the word gato"; but "the word is out" is a sentence


@dataclass(frozen=True, slots=True)
class Request:
    """Translate `text` (without its quotation marks) into `target`; source None: not said."""

    text: str
    target: Language
    source: Language | None = None
    asked_in: str = field(default="", compare=False)
    """The language of the words around the text, where that is not English: the text is likely in
    it too. "comment dit-on pain en allemand" asks for bread."""


Found = list[Request] | None
"""What a form finds: readings; [] for what is no request; None: another form may match."""


def framed(
    text: str, target: Language, source: Language | None, languages: LanguageTable
) -> list[Request]:
    """Readings of a text that was asked for; [] when there is no text."""
    whole, quoted = unquote(text)
    if quoted:
        return [Request(whole, target, source)] if any(map(str.isalpha, whole)) else []
    if is_no_text(whole):
        return []
    first, colon, rest = whole.partition(": ")
    if colon and is_no_text(first):  # "this: hello"
        return framed(rest, target, source, languages)
    named = _named_word(whole, target, source, languages) + _of_language(whole, target, languages)
    quotation = _NAMED_QUOTATION.fullmatch(whole)
    quotations = first_quotation(whole) + ([quotation["text"][1:-1]] if quotation else [])
    quotes = [Request(said, target, source) for said in quotations]
    return [*named, *quotes, Request(whole, target, source)]


def weakly_framed(
    text: str, whole: str, target: Language, languages: LanguageTable
) -> list[Request]:
    """Readings of "what is TEXT in LANGUAGE"; `whole` is all before the language."""
    inner, quoted = unquote(text)
    if quoted:
        return framed(text, target, None, languages)
    if is_whole_question(inner):
        return [] if is_about_language(inner) else framed(whole, target, None, languages)
    named = _named_word(inner, target, None, languages)
    if named:
        return [*named, Request(whole, target)]
    if is_no_text(inner) or is_about_language(inner) or is_question(inner):
        return []
    return [*framed(text, target, None, languages), Request(whole, target)]


def bare(
    text: str, target: Language, marker: str, languages: LanguageTable, worldly: bool
) -> list[Request]:
    """Readings of "TEXT in LANGUAGE" with nothing that asks; [] when it is about the world."""
    whole, quoted = unquote(text)
    if quoted:
        return framed(text, target, None, languages)
    if is_no_text(whole) or (marker == "to" and is_direction(whole, languages)):
        return []
    named = _named_word(whole, target, None, languages)
    if named:
        return [*named, Request(whole, target)]
    if worldly or is_about_the_world(whole):
        return []
    return framed(whole, target, None, languages)


def _of_language(text: str, target: Language, languages: LanguageTable) -> list[Request]:
    """The text in 'the German "Hund"' and "Hund (German)"."""
    match = _OF_LANGUAGE.fullmatch(text)
    said = languages.find(match["source"] or match["after"]) if match else None
    if match is None or said is None:
        return []
    return [Request(unquote(match["text"] or match["before"])[0], target, said)]


def _named_word(
    text: str, target: Language, source: Language | None, languages: LanguageTable
) -> list[Request]:
    """The text in "the [Spanish] word gato", when that is what `text` is."""
    match = _NAMED_WORD.fullmatch(text)
    if match is None:
        return []
    said = languages.find(match["source"]) if match["source"] else None
    if match["source"] and said is None:
        return []
    word, quoted = unquote(match["text"])
    if not (quoted or match["article"] or said or match["link"]):
        return []  # "sentence structure"
    one_word = match["kind"].lower() in ("word", "term", "verb", "noun", "adjective")
    long = len(word.split()) > MAX_WORD_WORDS or _STATEMENT.fullmatch(word)
    if not quoted and not match["link"] and one_word and long:
        return []
    if is_no_text(word) and not quoted:
        return []
    return [Request(word, target, source or said)]
