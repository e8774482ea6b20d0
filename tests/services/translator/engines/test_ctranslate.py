"""services.translator.engines.ctranslate, with a real model of a few sentences."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from services.translator.engines.argos_packages import read_package
from services.translator.engines.ctranslate import MAX_TOKENS, ModelError, SentenceModel
from services.translator.reading.languages import LanguageTable

TINY = Path(__file__).with_name("tiny_en_fr")


@pytest.fixture(scope="module")
def parts(languages: LanguageTable) -> tuple[dict[str, bytes], tuple[bytes, bytes]]:
    package = read_package(TINY, languages)
    assert package is not None
    return package.model_files(), package.pieces()


@pytest.fixture(scope="module")
def model(parts: tuple[dict[str, bytes], tuple[bytes, bytes]]) -> SentenceModel:
    return SentenceModel(*parts, "")


def test_sentences_are_translated_together_best_first(model: SentenceModel) -> None:
    found = model.translate(["The cat is here.", "Where is the station?"])
    assert [texts[0] for texts in found] == ["Le chat est ici.", "Où est la gare ?"]


def test_hypotheses_far_behind_the_best_are_no_alternatives(model: SentenceModel) -> None:
    assert model.translate(["The cat is here."]) == [["Le chat est ici."]]
    unsure = model.translate(["The cat is blue."])[0]  # it knows no blue
    assert len(unsure) > 1


def test_characters_the_vocabulary_lacks_are_carried_over(model: SentenceModel) -> None:
    assert model.translate(["\ue000 is here."])[0][0] == "\ue000 est ici."


def test_too_long_and_empty_sentences_are_declined(model: SentenceModel) -> None:
    assert model.translate([]) == []
    assert model.translate([""]) == [[]]
    assert model.translate(["The cat is here. " * MAX_TOKENS]) == [[]]


def test_an_answer_with_unknown_pieces_or_without_end_is_declined(model: SentenceModel) -> None:
    unknown = SimpleNamespace(hypotheses=[["<unk>", "."], ["\u2581est"]], scores=[-0.1, -0.2])
    assert model._texts(unknown, limit=20) == ["est"]
    assert model._texts(unknown, limit=1) == []


def test_the_target_prefix_is_asked_for_and_taken_off(
    parts: tuple[dict[str, bytes], tuple[bytes, bytes]], model: SentenceModel
) -> None:
    prefixed = SentenceModel(*parts, "\u2581Je")
    (found,) = prefixed.translate(["The cat is here."])
    assert found
    assert not found[0].startswith("Je")
    assert found != model.translate(["The cat is here."])[0]


@pytest.mark.parametrize("size", [0, 10, 1_000, 100_000, -1])
def test_a_model_cut_short_is_an_error_that_says_so(
    size: int, parts: tuple[dict[str, bytes], tuple[bytes, bytes]]
) -> None:
    files, pieces = parts
    with pytest.raises(ModelError, match="its model is damaged"):
        SentenceModel(files | {"model.bin": files["model.bin"][:size]}, pieces, "")


@pytest.mark.parametrize("vocabulary", ["", "no list", "[1, 2]", "[]", '["a"]'])
def test_a_vocabulary_that_does_not_fit_is_an_error_that_says_so(
    vocabulary: str, parts: tuple[dict[str, bytes], tuple[bytes, bytes]]
) -> None:
    files, pieces = parts
    with pytest.raises(ModelError, match=r"damaged or of an unknown format|do not fit"):
        SentenceModel(files | {"shared_vocabulary.json": vocabulary.encode()}, pieces, "")


@pytest.mark.parametrize("damaged", [b"", b"garbage", bytes(range(256))])
def test_damaged_pieces_are_an_error_that_says_so(
    damaged: bytes, parts: tuple[dict[str, bytes], tuple[bytes, bytes]]
) -> None:
    files, (source, _) = parts
    with pytest.raises(ModelError, match="SentencePiece"):
        SentenceModel(files, (source, damaged), "")
