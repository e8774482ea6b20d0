"""Requests that end in the language: "X in French", "how do you say X in French".

Covers: what stands before the language: words that ask for a translation, a question, or the text
itself. Does not cover: finding the language (forms.py), what is a text (readings.py, world.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from services.translator.reading.forms import Ending, Forms, all_forms
from services.translator.reading.grammar import compile_form
from services.translator.reading.languages import Language, LanguageTable
from services.translator.reading.quotes import unquote, without_question_mark
from services.translator.reading.readings import Found, bare, framed, weakly_framed
from services.translator.reading.world import is_statement

_IN_BRACKETS = compile_form(r"{text} \((?P<inside>[^()]{2,60})\)")
MAX_FROM_TO_WORDS = 4  # "hola from Spanish to English"


def language_last(asked: str, languages: LanguageTable) -> Found:
    asked = without_question_mark(_out_of_brackets(asked))
    found = _translate_in_brackets(asked, languages)
    if found is not None:
        return found
    for forms in all_forms():
        translate = forms.translate.fullmatch(asked) is not None
        ending = forms.split_last(asked, languages, any_code=translate)
        if ending is not None:
            found = _before(ending, languages)
            return ending.forms.worded(found) if found is not None else None
    return None


def _out_of_brackets(asked: str) -> str:
    """ "hello (in French)" as "hello in French"."""
    match = _IN_BRACKETS.fullmatch(asked.rstrip(" ?."))
    if match is None or match["inside"].split()[0].lower() not in ("in", "to", "into"):
        return asked
    return f"{match['text']} {match['inside']}"


def _translate_in_brackets(asked: str, languages: LanguageTable) -> Found:
    """ "translate: hello (French)"."""
    match = _IN_BRACKETS.fullmatch(asked)
    for forms in all_forms() if match else ():
        translate = forms.translate.fullmatch(match["text"]) if match else None
        if match is not None and translate is not None:
            target = forms.language(match["inside"], languages, any_code=True)
            if target is not None:
                return framed(translate["text"], target, None, languages)
    return None


def _before(ending: Ending, languages: LanguageTable) -> Found:
    for form in (_translate, _asked, _meaning, _opening_alone, _weakly_asked, _text):
        found = form(ending, languages)
        if found is not None:
            return found
    return None


def _translate(ending: Ending, languages: LanguageTable) -> Found:
    for forms in all_forms():
        match = forms.translate.fullmatch(ending.before)
        if match is not None:
            text, said = forms.split_source(match["text"], languages)
            if forms.referring.fullmatch(text) or languages.find(text) is not None:
                return []  # "translate this", "translate English"
            return framed(text, ending.target, ending.source or said, languages)
    return None


def _asked(ending: Ending, languages: LanguageTable) -> Found:
    for forms, text in _matches(ending.before, "asks"):
        if forms.referring.fullmatch(text) is not None:
            return []
        words, said = forms.split_source(text, languages)
        return framed(words, ending.target, ending.source or said, languages)
    return None


def _meaning(ending: Ending, languages: LanguageTable) -> Found:
    """ "what does gato mean in English"; "... in Spanish" may say what language gato is."""
    for forms, text in _matches(ending.before, "meanings"):
        if forms.referring.fullmatch(text) is not None:
            return []
        found = framed(text, ending.target, None, languages)
        own = languages.by_code(forms.grammar.locale)
        if own is None or own.code == ending.target.code:
            return found
        return [*found, *framed(text, own, ending.target, languages)]
    return None


def _opening_alone(ending: Ending, _languages: LanguageTable) -> Found:
    """ "how do you say in French" and "translate into French" have no text."""
    opening = f"{ending.before} x"
    alone = " " in ending.before and any(_matches(opening, "asks"))
    translate = ending.marker != "in" and any(
        forms.translate.fullmatch(opening) for forms in all_forms()
    )
    return [] if alone or translate else None


def _weakly_asked(ending: Ending, languages: LanguageTable) -> Found:
    for forms, text in _matches(ending.before, "weak_asks"):
        if forms.referring.fullmatch(text) is None:
            return weakly_framed(text, ending.before, ending.target, languages)
    return None


def _text(ending: Ending, languages: LanguageTable) -> Found:
    text, said = ending.forms.split_source(ending.before, languages)
    if said is None and ending.marker in ("to", "into"):
        text, said = _listed_source(ending.before, languages)
    if said is None:
        worldly = _is_foreign_statement(ending)
        return bare(ending.before, ending.target, ending.marker, languages, worldly)
    quoted = unquote(text)[1]
    if not quoted and (len(text.split()) > MAX_FROM_TO_WORDS or is_statement(text)):
        return []
    return framed(text, ending.target, said, languages)


def _matches(text: str, kind: str) -> Iterator[tuple[Forms, str]]:
    """The grammars one of whose patterns of a kind ("asks") matches, and what {text} is there."""
    for forms in all_forms():
        for form in getattr(forms, kind):
            match = form.fullmatch(text)
            if match is not None:
                yield forms, match["text"]


def _is_foreign_statement(ending: Ending) -> bool:
    """Whether the text is a question or a report in the language of the marker or the target."""
    spoken = (
        forms
        for forms in all_forms()
        if forms.foreign and (forms is ending.forms or forms.grammar.locale == ending.target.code)
    )
    return any(
        forms.question.fullmatch(ending.before) or forms.speaking.fullmatch(ending.before)
        for forms in spoken
    )


def _listed_source(rest: str, languages: LanguageTable) -> tuple[str, Language | None]:
    """The source in "Hund, German to English" and '"Hund" German to English'."""
    text, _, word = rest.rpartition(" ")
    if text.endswith(",") or unquote(text)[1]:
        return text, languages.find(word, any_code=True)
    return rest, None
