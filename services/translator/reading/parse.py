"""Reads a request for a translation out of one string.

Covers: which words are to be translated, into which language, and from which if said. Does not
cover: whether anything can be translated (the engines). The forms, in the order they are tried:

    SOURCE -> TARGET: X                     en->fr: hello; hello (en to fr)
    in TARGET, how do you say X             in Spanish, how do you say good night
    translate [from S] into TARGET: X       translate to Polish: thank you
    ... X in|to|into TARGET                 the language ends the string; before it stands
        translate X [from SOURCE]             translate gato from Spanish to English
        how do you say X, the word for X,     any text; see english.py
        what does X mean
        what is X                             unless it asks about the world (world.py)
        X                                     the same
    the TARGET word for X                   the French word for cheese
    translate X from SOURCE                 into English
    what does [the SOURCE word] X mean      into English

Each in English and in the languages of other_languages.py. A country is not a language. Codes that
are English words ("it", "no") name a language only in capitals or after "translate" (names.py).
Texts in quotation marks are taken as they stand. The first reading leaves out what belongs to the
question ("the word"); others keep it, for engines that know the whole.
"""

from __future__ import annotations

import re

from services.translator.reading.forms import MIN_NAME_CHARS, all_forms
from services.translator.reading.grammar import compile_form
from services.translator.reading.language_last import language_last
from services.translator.reading.languages import ENGLISH_CODE, LanguageTable
from services.translator.reading.quotes import unquote, without_question_mark
from services.translator.reading.readings import Found, Request, framed
from services.translator.reading.world import is_audience, is_no_text, is_obscure, is_statement

__all__ = ["Request", "parse"]

_NAME = r"[^:→=>]{2,40}?"
_ARROW = r" ?(?:->|→|=>|⇒|–>|>) ?"  # noqa: RUF001  people type the dash
_PAIR = rf"(?:from )?(?P<source>{_NAME})(?P<between>{_ARROW}|[-/]| to | into )(?P<target>{_NAME})"
_PAIRS = tuple(
    compile_form(form)
    for form in (
        rf"[(\[]?{_PAIR}[)\]]?: ?{{text}}",
        rf"[(\[]{_PAIR}[)\]] {{text}}",
        rf"{{text}} [(\[]{_PAIR}[)\]] ?\??",
        rf"{{text}} (?P<source>\S{{2,20}})(?P<between>{_ARROW})(?P<target>\S{{2,20}})",
    )
)
_REFERRING = re.compile(r"(?:this|that|the following(?: \w+)?) (?=\S)", re.I)
MAX_MEANING_WORDS = 4


def parse(text: str, languages: LanguageTable) -> list[Request]:
    """The readings of `text` as a request, the likeliest first; [] when it asks for none."""
    plain = re.sub("''|``", '"', text)
    asked = re.sub(r" ?\n ?", "\n", re.sub(r"[^\S\n]+", " ", plain)).strip(" \n¿¡")
    inside, quoted = unquote(asked)
    if quoted and asked[-1:] not in "?!.":
        asked = inside
    for form in _FORMS:
        found = form(asked, languages)
        if found is not None:
            return list(dict.fromkeys(found))
    return []


def _pair(asked: str, languages: LanguageTable) -> Found:
    for form in _PAIRS:
        match = form.fullmatch(asked)
        if match is None:
            continue
        source = languages.find(match["source"], any_code=True)
        target = languages.find(match["target"], any_code=True)
        # "as-is: ..." is no pair: one of the two must be more than an English word.
        if not (languages.find(match["source"]) or languages.find(match["target"])):
            continue
        if source is not None and target is not None and source != target:
            return framed(_untranslate(match["text"]), target, source, languages)
    return None


def _untranslate(text: str) -> str:
    """`text` without "translate" before it."""
    matches = (forms.translate.fullmatch(text) for forms in all_forms())
    return next((match["text"] for match in matches if match), text)


def _language_opens(asked: str, languages: LanguageTable) -> Found:
    for forms in all_forms():
        for form in forms.language_opens:
            match = form.fullmatch(asked)
            target = forms.language(match["target"], languages) if match else None
            if match is not None and target is not None:
                told = ":" in asked[: match.start("text")]  # "in French: ...", not a question
                text = match["text"] if told else without_question_mark(match["text"])
                return forms.worded(framed(text, target, None, languages))
    return None


def _translate_into(asked: str, languages: LanguageTable) -> Found:
    """ "translate [this] [from S] into TARGET: X"."""
    for forms in all_forms():
        match = forms.translate_into.fullmatch(asked)
        split = forms.leading_language(match["target"], languages) if match else None
        if match is None or split is None:
            continue
        target, rest = split
        before = (match["before"] or "").strip()
        source = forms.trailing_source(before, languages)
        if match["sign"] in ".?" and not (is_no_text(before) or "follow" in before + rest):
            continue
        if match["sign"] == " " and not unquote(match["text"])[1]:
            continue
        return forms.worded(framed(match["text"], target, source, languages))
    return None


def _language_first(asked: str, languages: LanguageTable) -> Found:
    for forms in all_forms():
        for form in forms.language_first:
            match = form.fullmatch(without_question_mark(asked))
            if match is None:
                continue
            slots = match.groupdict()
            named = slots.get("target") or slots.get("source") or ""
            language = forms.language(named, languages) or forms.language(
                named.removesuffix("s"),
                languages,  # "how do Germans say"
            )
            if language is None or (len(named) < MIN_NAME_CHARS and not forms.foreign):
                continue
            quoted = unquote(match["text"])[1]
            if not quoted and (is_audience(match["text"]) or is_statement(match["text"])):
                return []
            if "target" in slots:
                return forms.worded(framed(match["text"], language, None, languages))
            own = languages.by_code(forms.grammar.locale)
            return framed(match["text"], own, language, languages) if own else None
    return None


def _ask_into(asked: str, languages: LanguageTable) -> Found:
    """ "translate to French good morning", "how do you say in French good morning"."""
    for forms in all_forms():
        for form in (forms.translate, *forms.asks, *forms.weak_asks):
            match = form.fullmatch(asked)
            after = _REFERRING.sub("", match["text"]) if match else ""
            marker = forms.into.match(" " + after, 1)
            if marker is None:
                continue
            translate = form is forms.translate
            split = forms.leading_language(after[marker.end() - 1 :], languages)
            if split is None or not split[1] or (marker[0].lower() == "to " and not translate):
                continue
            text = split[1].lstrip(": ") if translate else without_question_mark(split[1])
            return forms.worded(framed(text, split[0], None, languages))
    return None


def _translate_from(asked: str, languages: LanguageTable) -> Found:
    """ "translate hola from Spanish", "translate from Spanish: hola"."""
    for forms in all_forms():
        first = forms.translate_from.fullmatch(asked)
        split = forms.leading_language(first["target"], languages) if first else None
        own = languages.by_code(forms.grammar.locale)
        if first is not None and split is not None and own is not None:
            return framed(first["text"], own, split[0], languages)
        match = forms.translate.fullmatch(without_question_mark(asked))
        if match is None:
            continue
        text, source = forms.split_source(match["text"], languages)
        target = languages.by_code(forms.grammar.locale)
        if source is not None and target is not None:
            return framed(text, target, source, languages)
    return None


def _meaning(asked: str, languages: LanguageTable) -> Found:
    for forms in all_forms():
        for form in forms.meanings:
            match = form.fullmatch(without_question_mark(asked))
            target = languages.by_code(forms.grammar.locale)
            if match is None or target is None:
                continue
            text, quoted = unquote(match["text"])
            found = framed(match["text"], target, None, languages)
            if quoted or any(request.source for request in found):
                return found
            vague = forms.referring.fullmatch(text) is not None
            english = target.code == ENGLISH_CODE
            if vague or len(text.split()) > MAX_MEANING_WORDS or (english and is_obscure(text)):
                return []
            return found
    return None


_FORMS = (
    _pair,
    _language_opens,
    _translate_into,
    language_last,
    _language_first,
    _ask_into,
    _translate_from,
    _meaning,
)
