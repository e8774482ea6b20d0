"""services.translator.engines.argos: real packages in a folder, through the engine's interface."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.contract import ErrorCode
from services.translator.engines import argos, ctranslate_probe
from services.translator.engines.argos import ArgosEngine, argos_dir
from services.translator.engines.ctranslate import SentenceModel
from services.translator.engines.interface import EngineError, Kind
from services.translator.reading.languages import Language, LanguageTable
from services.translator.settings import Settings

pytestmark = pytest.mark.anyio

TINY = Path(__file__).with_name("tiny_en_fr")


@pytest.fixture
async def make_engine(
    tmp_path: Path, languages: LanguageTable, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., ArgosEngine]]:
    """`make_engine(**settings)` over an empty folder, which it looks at on every question."""
    monkeypatch.setattr(argos, "RESCAN_S", 0.0)
    made = []

    def make(**values: Any) -> ArgosEngine:
        made.append(ArgosEngine(Settings(**values), tmp_path, languages))
        return made[-1]

    yield make
    for engine in made:
        await engine.stop()


@pytest.fixture
def engine(make_engine: Callable[..., ArgosEngine]) -> ArgosEngine:
    return make_engine()


@pytest.fixture
def english(languages: LanguageTable) -> Language:
    return _language(languages, "en")


@pytest.fixture
def french(languages: LanguageTable) -> Language:
    return _language(languages, "fr")


def _language(languages: LanguageTable, code: str) -> Language:
    found = languages.by_code(code)
    assert found is not None
    return found


def install(folder: Path, name: str = "en_fr") -> Path:
    return shutil.copytree(TINY, folder / name)


async def test_a_package_put_into_the_folder_is_found_and_used(
    engine: ArgosEngine, tmp_path: Path, english: Language, french: Language
) -> None:
    assert engine.kind is Kind.SENTENCES
    assert set(engine.pairs()) == set()
    assert await engine.translate("The cat is here.", english, french) == []
    install(tmp_path)
    assert set(engine.pairs()) == {("en", "fr")}
    assert engine.loaded == []
    assert await engine.translate("The cat is here.", english, french) == ["Le chat est ici."]
    assert engine.loaded == ["en_fr"]
    assert await engine.translate("Le chat est ici.", french, english) == []
    shutil.rmtree(tmp_path / "en_fr")
    assert set(engine.pairs()) == set()


async def test_an_archive_works_like_a_folder(
    engine: ArgosEngine, tmp_path: Path, english: Language, french: Language
) -> None:
    archive = shutil.make_archive(str(tmp_path / "p"), "zip", TINY.parent, TINY.name)
    os.rename(archive, tmp_path / "translate-en_fr-1_0.argosmodel")
    assert await engine.translate("Good night.", english, french) == ["Bonne nuit."]


async def test_each_sentence_is_translated_on_its_own_and_spacing_stays(
    engine: ArgosEngine, tmp_path: Path, english: Language, french: Language
) -> None:
    install(tmp_path)
    text = "Good night.  The dog is old.\n\nI see the house."
    assert await engine.translate(text, english, french) == [
        "Bonne nuit.  Le chien est vieux.\n\nJe vois la maison."
    ]


async def test_a_regional_form_falls_back_but_a_script_does_not(
    engine: ArgosEngine, tmp_path: Path, english: Language, languages: LanguageTable
) -> None:
    package = install(tmp_path)
    canadian = languages.by_code("fr-CA")
    assert canadian is not None
    assert await engine.translate("Good night.", english, canadian) == ["Bonne nuit."]
    metadata = package / "metadata.json"
    metadata.write_text('{"from_code": "en", "to_code": "zh"}', encoding="utf-8")
    for code, known in (("zh", True), ("zh-Hans", True), ("zh-Hant", False)):
        target = _language(languages, code)
        assert bool(await engine.translate("Good night.", english, target)) is known, code


async def test_what_is_wrong_with_a_package_is_told_where_readiness_is(
    engine: ArgosEngine, tmp_path: Path
) -> None:
    (empty,) = engine.missing()
    assert str(tmp_path) in empty.how
    install(tmp_path)
    assert engine.missing() == []
    (install(tmp_path, "broken") / "metadata.json").write_text("{", encoding="utf-8")
    (tmp_path / "half.argosmodel").write_bytes(b"PK\x03\x04 and no more")
    assert set(engine.pairs()) == {("en", "fr")}
    parts = {missing.part: missing for missing in engine.missing()}
    assert "not JSON" in parts["argos package broken"].how
    assert "cut short" in parts["argos package half.argosmodel"].how
    assert not any(missing.required for missing in parts.values())


async def test_a_model_that_cannot_be_loaded_fails_once_and_is_then_left_out(
    engine: ArgosEngine, tmp_path: Path, english: Language, french: Language
) -> None:
    model = install(tmp_path) / "model" / "model.bin"
    good = model.read_bytes()
    model.write_bytes(good[:50_000])
    with pytest.raises(EngineError) as failed:
        await engine.translate("Good night.", english, french)
    assert failed.value.code is ErrorCode.UNAVAILABLE
    assert "Good night" not in failed.value.message
    assert set(engine.pairs()) == set()
    assert "damaged" in engine.missing()[0].how
    model.write_bytes(good)
    assert await engine.translate("Good night.", english, french) == ["Bonne nuit."]


async def test_a_model_that_brings_its_process_down_does_so_in_a_trial(
    engine: ArgosEngine,
    tmp_path: Path,
    english: Language,
    french: Language,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = install(tmp_path)
    monkeypatch.setattr(ctranslate_probe, "sys", SimpleNamespace(executable="/bin/false"))
    with pytest.raises(EngineError, match="died"):
        await engine.translate("Good night.", english, french)
    assert set(engine.pairs()) == set()
    assert "damaged" in engine.missing()[0].how
    assert package.name in engine.missing()[0].part


async def test_only_so_many_models_are_in_memory(
    make_engine: Callable[..., ArgosEngine], tmp_path: Path, languages: LanguageTable
) -> None:
    engine = make_engine(argos_max_loaded=1)
    for code in ("fr", "es"):
        metadata = install(tmp_path, f"en_{code}") / "metadata.json"
        metadata.write_text(f'{{"from_code": "en", "to_code": "{code}"}}', encoding="utf-8")
    english = _language(languages, "en")
    for code in ("fr", "es"):
        await engine.translate("Good night.", english, _language(languages, code))
        assert engine.loaded == [f"en_{code}"]


async def test_the_deadline_cuts_a_slow_model(
    engine: ArgosEngine,
    tmp_path: Path,
    english: Language,
    french: Language,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path)
    monkeypatch.setattr(argos, "remaining_ms", lambda: 50.0)
    monkeypatch.setattr(SentenceModel, "translate", lambda *_: time.sleep(0.5))
    with pytest.raises(EngineError) as failed:
        await engine.translate("Good night.", english, french)
    assert failed.value.code is ErrorCode.DEADLINE


async def test_without_the_libraries_it_can_do_nothing_and_says_so(
    make_engine: Callable[..., ArgosEngine],
    tmp_path: Path,
    english: Language,
    french: Language,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(argos, "find_spec", lambda _: None)
    install(tmp_path)
    engine = make_engine()
    assert set(engine.pairs()) == set()
    assert await engine.translate("Good night.", english, french) == []
    assert [one.how for one in engine.missing()] == ["pip install 'groundling[argos]'"]


async def test_texts_at_once_are_all_answered(
    engine: ArgosEngine, tmp_path: Path, english: Language, french: Language
) -> None:
    install(tmp_path)
    texts = ["The cat is here.", "Hello."] * 10
    found = await asyncio.gather(*(engine.translate(text, english, french) for text in texts))
    assert found == [["Le chat est ici."], ["Bonjour."]] * 10


def test_the_folder_is_the_setting_s_or_in_the_data_folder(tmp_path: Path) -> None:
    environ = {"GROUNDLING_DATA_DIR": str(tmp_path)}
    assert argos_dir(Settings(), environ) == tmp_path / "argos"
    assert argos_dir(Settings(argos_dir=tmp_path), environ) == tmp_path
