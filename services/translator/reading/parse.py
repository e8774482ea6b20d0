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
from functools import cache

from services.translator.reading.english import ENGLISH
from services.translator.reading.grammar import MIN_NAME_CHARS, Forms, compile_form
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable
from services.translator.reading.other_languages import OTHER_LANGUAGES
from services.translator.reading.quotes import unquote
from services.translator.reading.readings import Request, bare, framed, weakly_framed
from services.translator.reading.world import (
    is_audience,
    is_no_text,
    is_obscure,
    is_statement,
)

__all__ = ["Request", "parse"]

Found = list[Request] | None
"""Readings; [] for what is certainly no request; None: try another form."""

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
_IN_BRACKETS = compile_form(r"{text} \((?P<inside>[^()]{2,60})\)")
_REFERRING = re.compile(r"(?:this|that|the following(?: \w+)?) (?=\S)", re.I)
MAX_TARGET_WORDS = 4
MAX_MEANING_WORDS = 4
MAX_FROM_TO_WORDS = 4


def parse(text: str, languages: LanguageTable) -> list[Request]:
    """The readings of `text` as a request, the likeliest first; [] when it asks for none."""
    plain = re.sub("''|``", '"', text)
    asked = re.sub(r" ?\n ?", "\n", re.sub(r"[^\S\n]+", " ", plain)).strip(" \n¿¡")
    inside, quoted = unquote(asked)
    if quoted and asked[-1:] not in "?!.":
        asked = inside
    for form in (_pair, _language_opens, _translate_into, _language_last, _language_first):
        found = form(asked, languages)
        if found is not None:
            return list(dict.fromkeys(found))
    for form in (_ask_into, _translate_from, _meaning):
        found = form(asked, languages)
        if found is not None:
            return list(dict.fromkeys(found))
    return []


@cache
def _grammars() -> tuple[Forms, ...]:
    return tuple(Forms(grammar) for grammar in (ENGLISH, *OTHER_LANGUAGES))


def _without_question_mark(text: str) -> str:
    """`text` without the punctuation that ends the question, unless a quotation ends with it."""
    return text.rstrip(" ?!.…=？！。;")  # noqa: RUF001


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
    matches = (forms.translate.fullmatch(text) for forms in _grammars())
    return next((match["text"] for match in matches if match), text)


def _language_opens(asked: str, languages: LanguageTable) -> Found:
    for forms in _grammars():
        for form in forms.language_opens:
            match = form.fullmatch(asked)
            target = forms.language(match["target"], languages) if match else None
            if match is not None and target is not None:
                return framed(match["text"], target, None, languages)
    return None


def _translate_into(asked: str, languages: LanguageTable) -> Found:
    """ "translate [this] [from S] into TARGET: X"."""
    for forms in _grammars():
        match = forms.translate_into.fullmatch(asked)
        split = _leading_language(match["target"], forms, languages) if match else None
        if match is None or split is None:
            continue
        target, rest = split
        before = (match["before"] or "").strip()
        source = forms.trailing_source(before, languages)
        if match["sign"] in ".?" and not (is_no_text(before) or "follow" in before + rest):
            continue
        if match["sign"] == " " and not unquote(match["text"])[1]:
            continue
        return framed(match["text"], target, source, languages)
    return None


def _leading_language(
    words: str, forms: Forms, languages: LanguageTable
) -> tuple[Language, str] | None:
    """The language that the first of `words` name, the more the better, and what is left."""
    parts = words.split()
    for count in range(min(MAX_TARGET_WORDS, len(parts)), 0, -1):
        name = " ".join(parts[:count]).rstrip(":,")
        language = forms.language(name, languages, any_code=True)
        if language is not None:
            return language, " ".join(parts[count:])
    return None


def _language_last(asked: str, languages: LanguageTable) -> Found:
    asked = _without_question_mark(_out_of_brackets(asked))
    found = _translate_in_brackets(asked, languages)
    if found is not None:
        return found
    for forms in _grammars():
        translate = forms.translate.fullmatch(asked) is not None
        split = forms.split_last(forms.into, asked, languages, any_code=translate)
        if split is not None:
            rest, target, source, marker = split
            return _before_language(rest, target, source, marker, forms, languages)
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
    for forms in _grammars() if match else ():
        translate = forms.translate.fullmatch(match["text"]) if match else None
        if match is not None and translate is not None:
            target = forms.language(match["inside"], languages, any_code=True)
            if target is not None:
                return framed(translate["text"], target, None, languages)
    return None


def _before_language(
    rest: str,
    target: Language,
    source: Language | None,
    marker: str,
    ending: Forms,
    languages: LanguageTable,
) -> Found:
    for forms in _grammars():
        translate = forms.translate.fullmatch(rest)
        if translate is not None:
            text, said = forms.split_source(translate["text"], languages)
            if forms.referring.fullmatch(text) or languages.find(text) is not None:
                return []  # "translate this", "translate English"
            return framed(text, target, source or said, languages)
    for forms in _grammars():
        for form in forms.asks:
            match = form.fullmatch(rest)
            if match is not None:
                if forms.referring.fullmatch(match["text"]) is not None:
                    return []
                text, said = forms.split_source(match["text"], languages)
                return framed(text, target, source or said, languages)
        for form in forms.meanings:
            match = form.fullmatch(rest)
            if match is not None:
                return _meanings_in(match["text"], target, forms, languages)
    if " " in rest and any(form.fullmatch(rest + " x") for form in _grammars()[0].asks):
        return []  # "how do you say in French"
    for forms in _grammars():
        for form in forms.weak_asks:
            match = form.fullmatch(rest)
            if match is not None and forms.referring.fullmatch(match["text"]) is None:
                return weakly_framed(match["text"], rest, target, languages)
    text, said = ending.split_source(rest, languages)
    if said is None and marker in ("to", "into"):
        text, said = _listed_source(rest, languages)
    if said is None:
        foreign = [forms for forms in _grammars()[1:] if forms.grammar.locale == target.code]
        worldly = any(
            forms.question.fullmatch(rest) or forms.speaking.fullmatch(rest)
            for forms in (*foreign, ending)
            if forms.foreign
        )
        return bare(rest, target, marker, languages, worldly)
    quoted = unquote(text)[1]
    if not quoted and (len(text.split()) > MAX_FROM_TO_WORDS or is_statement(text)):
        return []
    return framed(text, target, said, languages)


def _listed_source(rest: str, languages: LanguageTable) -> tuple[str, Language | None]:
    """The source in "Hund, German to English" and '"Hund" German to English'."""
    text, _, word = rest.rpartition(" ")
    if text.endswith(",") or unquote(text)[1]:
        return text, languages.find(word, any_code=True)
    return rest, None


def _meanings_in(text: str, target: Language, forms: Forms, languages: LanguageTable) -> Found:
    """ "what does gato mean in English"; "... in Spanish" may say what language gato is."""
    if forms.referring.fullmatch(text) is not None:
        return []
    found = framed(text, target, None, languages)
    own = languages.by_code(forms.grammar.locale)
    if own is None or own.code == target.code:
        return found
    return [*found, *framed(text, own, target, languages)]


def _language_first(asked: str, languages: LanguageTable) -> Found:
    for forms in _grammars():
        for form in forms.language_first:
            match = form.fullmatch(_without_question_mark(asked))
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
                return framed(match["text"], language, None, languages)
            own = languages.by_code(forms.grammar.locale)
            return framed(match["text"], own, language, languages) if own else None
    return None


def _ask_into(asked: str, languages: LanguageTable) -> Found:
    """ "translate to French good morning", "how do you say in French good morning"."""
    for forms in _grammars():
        for form in (forms.translate, *forms.asks, *forms.weak_asks):
            match = form.fullmatch(asked)
            after = _REFERRING.sub("", match["text"]) if match else ""
            marker = forms.into.match(" " + after, 1)
            if marker is None:
                continue
            translate = form is forms.translate
            split = _leading_language(after[marker.end() - 1 :], forms, languages)
            if split is None or not split[1] or (marker[0].lower() == "to " and not translate):
                continue
            text = split[1].lstrip(": ") if translate else _without_question_mark(split[1])
            return framed(text, split[0], None, languages)
    return None


def _translate_from(asked: str, languages: LanguageTable) -> Found:
    """ "translate hola from Spanish", "translate from Spanish: hola"."""
    for forms in _grammars():
        first = forms.translate_from.fullmatch(asked)
        split = _leading_language(first["target"], forms, languages) if first else None
        own = languages.by_code(forms.grammar.locale)
        if first is not None and split is not None and own is not None:
            return framed(first["text"], own, split[0], languages)
        match = forms.translate.fullmatch(_without_question_mark(asked))
        if match is None:
            continue
        text, source = forms.split_source(match["text"], languages)
        target = languages.by_code(forms.grammar.locale)
        if source is not None and target is not None:
            return framed(text, target, source, languages)
    return None


def _meaning(asked: str, languages: LanguageTable) -> Found:
    for forms in _grammars():
        for form in forms.meanings:
            match = form.fullmatch(_without_question_mark(asked))
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
