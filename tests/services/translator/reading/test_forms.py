"""services.translator.reading.forms and its tables: patterns, and languages at the ends."""

from __future__ import annotations

import pytest

from services.translator.reading.forms import Forms, all_forms
from services.translator.reading.grammar import compile_form, either
from services.translator.reading.languages import LanguageTable


def forms_of(locale: str) -> Forms:
    return next(forms for forms in all_forms() if forms.grammar.locale == locale)


def test_a_pattern_finds_its_places() -> None:
    match = compile_form("say {text} in {target}").fullmatch("Say 'it's on' in Swiss German")
    assert match is not None
    assert match.groupdict() == {"text": "'it's on'", "target": "Swiss German"}


def test_either_reads_a_list_over_lines() -> None:
    assert either("a b,\n    c?", "d") == "(?:a b|c?|d)"


@pytest.mark.parametrize(
    ("locale", "text", "before", "target"),
    [
        ("en", "hello in Swiss German please", "hello", "gsw"),
        ("en", "come in in French", "come in", "fr"),
        ("de", "Hund ins Englische", "Hund", "en"),
        ("fr", "chien vers l'anglais", "chien", "en"),
        ("pl", "pies po angielsku", "pies", "en"),
        ("ru", "собака по-английски", "собака", "en"),
        ("nl", "hond op zijn Duits", "hond", "de"),
    ],
)
def test_the_language_at_the_end_is_found(
    locale: str, text: str, before: str, target: str, languages: LanguageTable
) -> None:
    ending = forms_of(locale).split_last(text, languages, any_code=False)
    assert ending is not None
    assert (ending.before, ending.target.code) == (before, target)


def test_no_language_at_the_end_is_none(languages: LanguageTable) -> None:
    english = forms_of("en")
    assert english.split_last("hello in France", languages, any_code=False) is None
    assert english.split_last("hello in French Guiana", languages, any_code=False) is None


def test_the_longest_name_at_the_beginning_is_taken(languages: LanguageTable) -> None:
    found = forms_of("en").leading_language("Swiss German good night", languages)
    assert found is not None
    assert (found[0].code, found[1]) == ("gsw", "good night")


def test_every_grammar_names_english_in_its_own_language(languages: LanguageTable) -> None:
    for forms in all_forms()[1:]:
        own = languages.by_code(forms.grammar.locale)
        assert own is not None
        names = languages._names_in(forms.grammar.locale).values()
        assert "en" in {language.code for language in names}, forms.grammar.locale
