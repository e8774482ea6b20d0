"""evaluation.translation.asking and figures."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from evaluation.translation.asking import Asker
from evaluation.translation.figures import record
from evaluation.translation.sets import TextSet
from services.contract import ErrorCode
from services.translator.engines.interface import EngineError, Kind
from services.translator.quality import QUALITY_FILE, read_quality
from services.translator.reading.languages import Language, build_language_table

SENTENCES = "english\tfra\nThe wind opened the door.\tLe vent a ouvert la porte.\n"
EVERYDAY = "english\tfra\nsoap\tsavon\nwall\tmur\n"
KNOWN = {"The wind opened the door.": "Le vent a ouvert la porte.", "soap": "savon"}


class Dictionary:
    """Knows KNOWN, one way, and cannot work on "wall"."""

    name = "test"

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def pairs(self) -> Collection[tuple[str, str]]:
        return {("en", "fr"), ("en", "sw")}

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        if text == "wall":
            raise EngineError(ErrorCode.UNAVAILABLE, "gone")
        return [KNOWN[text]] if text in KNOWN else []

    async def stop(self) -> None: ...


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    sets = []
    for name, text in (("sentences.tsv", SENTENCES), ("everyday.tsv", EVERYDAY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        sets.append(TextSet(tmp_path / name, build_language_table()))
    sentences, everyday = sets
    return Asker(sentences, everyday, build_language_table())


def test_only_pairs_of_the_sets_are_asked(asker: Asker) -> None:
    assert asker.pairs(Dictionary(Kind.WORDS)) == [("en", "fr")]


@pytest.mark.anyio
async def test_a_failure_is_counted_and_is_a_decline(asker: Asker) -> None:
    row = await asker.engine(Dictionary(Kind.SENTENCES), "en", "fr")
    assert (row.sentences.asked, row.phrases.asked, row.phrases.first) == (1, 2, 1)
    assert row.sentences.chrf == pytest.approx(100)
    assert row.failures == 1


@pytest.mark.anyio
async def test_a_dictionary_is_not_asked_for_sentences(asker: Asker) -> None:
    row = await asker.engine(Dictionary(Kind.WORDS), "en", "fr")
    assert row.sentences.asked == 0
    assert row.phrases.exact == 0.5


@pytest.mark.anyio
async def test_figures_are_written_for_the_translator_to_read(asker: Asker, tmp_path: Path) -> None:
    path = tmp_path / "quality.tsv"
    path.write_text(
        "engine\tsource\ttarget\tsentences\tchrf\tbleu\texact\n"
        "argos\ten\tfr\t68\t70.0\t50.0\t0.900\n"
        "test\ten\tfr\t68\t10.0\t5.0\t0.100\n",
        encoding="utf-8",
    )
    record(path, [await asker.engine(Dictionary(Kind.SENTENCES), "en", "fr")])
    quality = read_quality(path)
    assert quality.chrf("argos", "en", "fr") == 70.0
    assert quality.chrf("test", "en", "fr") == 100.0


def test_the_figures_that_ship_can_be_read() -> None:
    read_quality(QUALITY_FILE)
