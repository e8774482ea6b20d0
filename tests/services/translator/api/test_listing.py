"""services.translator.api.listing: what there is, and what could be installed."""

from __future__ import annotations

import pytest

from services.translator.api.listing import Package, list_languages, read_packages
from services.translator.reading.languages import LanguageTable

PACKAGES = [
    Package("apertium-en-gl", "apertium", (("en", "gl"), ("gl", "en"))),
    Package("dict-freedict-eng-fra", "freedict", (("en", "fr"),)),
    Package("dict-en-gl", "freedict", (("en", "gl"),)),
]


def test_only_what_is_not_installed_is_offered(languages: LanguageTable) -> None:
    pairs = {("en", "fr"): ["phrasebook", "freedict"], ("en", "gl"): ["freedict"]}
    english, french, galician = list_languages(pairs, PACKAGES, languages)
    assert (french.name, french.targets, french.installable) == ("French", [], {})
    assert english.targets == ["fr", "gl"]
    assert english.engines == {"fr": ["phrasebook", "freedict"], "gl": ["freedict"]}
    assert english.installable == {"gl": "apt-get install apertium-en-gl"}
    assert (galician.code, galician.name, galician.targets) == ("gl", "Galician", [])
    assert galician.installable == {"en": "apt-get install apertium-en-gl"}


def test_several_packages_for_a_pair_are_named_together(languages: LanguageTable) -> None:
    english = list_languages({}, PACKAGES, languages)[0]
    assert english.installable["gl"] == "apt-get install apertium-en-gl dict-en-gl"


def test_a_code_without_a_name_is_left_out(languages: LanguageTable) -> None:
    assert list_languages({("qqq", "qqr"): ["x"]}, [], languages) == []


def test_every_package_of_the_list_brings_pairs_of_known_codes(languages: LanguageTable) -> None:
    packages = read_packages()
    assert len({package.name for package in packages}) == len(packages) > 200
    for package in packages:
        assert package.engine in ("apertium", "freedict")
        assert package.pairs
        for code in (code for pair in package.pairs for code in pair):
            language = languages.by_code(code)
            assert language is not None, f"{package.name}: {code}"
            assert language.code == code


@pytest.mark.parametrize(
    ("name", "pair"),
    [("apertium-eng-spa", ("es", "en")), ("dict-freedict-deu-nld", ("de", "nl"))],
)
def test_the_list_has_the_packages_people_look_for(name: str, pair: tuple[str, str]) -> None:
    assert any(one.name == name and pair in one.pairs for one in read_packages())
