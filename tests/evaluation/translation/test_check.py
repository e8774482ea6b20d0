"""evaluation.translation.check and sources."""

from __future__ import annotations

import pytest

from evaluation.translation.check import confirmed, keep
from evaluation.translation.sources import publisher
from services.translator.engines.freedict import installed_pairs
from services.translator.settings import Settings


def test_a_cell_needs_one_translation_with_two_sources() -> None:
    assert confirmed({"mur": {"wikdict"}, "paroi": {"freedict:eng-fra"}}) == []


def test_other_translations_of_a_confirmed_cell_need_one_source() -> None:
    sources = {"mur": {"wikdict", "freedict:eng-fra"}, "paroi": {"wikdict"}, "muraille": set[str]()}
    assert confirmed(sources) == ["mur", "paroi"]


def test_phrases_of_the_services_own_list_are_left_out() -> None:
    two = {"wikdict", "apertium:eng-spa"}
    evidence = {
        ("to cook", "fra", "cuisiner"): two,
        ("soap", "fra", "savon"): two,
        ("soap", "eng", "suds"): set[str](),
    }
    assert set(keep(evidence, {"cook"})) == {("soap", "fra")}


def test_dictionaries_of_one_publisher_are_one_source() -> None:
    folder = Settings().freedict_dir
    if not {"fra-deu", "swe-spa", "eng-fra"} <= set(installed_pairs(folder)):
        pytest.skip("FreeDict is not installed")
    assert publisher(folder, "fra-deu") == publisher(folder, "swe-spa") == "wikdict"
    assert publisher(folder, "eng-fra") == "freedict:eng-fra"
