"""services.translator.engines.apertium.engine: the engine; its last test runs the real programs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.translator.engines.apertium import engine as apertium
from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.reading.languages import LanguageTable
from services.translator.settings import Settings

pytestmark = pytest.mark.anyio

DEBIAN_MODE = Path("/usr/share/apertium/modes/eng-spa.mode")
# Every "stage" is a program of this name: it gets -z and a number of letters to put in front.
STAGE = '#!/bin/sh\nexec sed -z -u "s/^/$2/"\n'


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Modes English to Spanish, Spanish to French and English to Catalan, of a small program."""
    program = tmp_path / "stage"
    program.write_text(STAGE, encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "modes").mkdir()
    for pair in ("eng-spa", "es-fr", "eng-cat"):
        mode = f"{program} {pair[-1].upper()} | {program} {pair[0]}\n"
        (tmp_path / "modes" / f"{pair}.mode").write_text(mode, encoding="utf-8")
    monkeypatch.setattr(apertium, "_has_tools", lambda: True)
    return Settings(apertium_dir=tmp_path, apertium_timeout_s=20, apertium_max_pairs=2)


async def ask(engine: ApertiumEngine, languages: LanguageTable, text: str, to: str) -> list[str]:
    source, target = languages.by_code("en"), languages.by_code(to)
    assert source is not None
    assert target is not None
    return await engine.translate(text, source, target)


async def test_a_text_takes_the_direct_pair_or_two(
    settings: Settings, languages: LanguageTable
) -> None:
    engine = ApertiumEngine(settings, languages)
    assert await ask(engine, languages, "x", "es") == ["eAx"]
    assert await ask(engine, languages, "x", "fr") == ["eReAx"]
    await engine.stop()


async def test_the_way_over_a_third_language_can_be_turned_off(
    settings: Settings, languages: LanguageTable
) -> None:
    direct = settings.model_copy(update={"apertium_over_third": False})
    engine = ApertiumEngine(direct, languages)
    assert await ask(engine, languages, "x", "fr") == []
    await engine.stop()


async def test_more_pairs_than_allowed_take_turns(
    settings: Settings, languages: LanguageTable
) -> None:
    engine = ApertiumEngine(settings.model_copy(update={"apertium_max_pairs": 1}), languages)
    answers = [await ask(engine, languages, "x", to) for to in ("es", "ca", "es")]
    assert answers == [["eAx"], ["eTx"], ["eAx"]]
    assert len(engine.running()) == 1
    await engine.stop()


@pytest.mark.parametrize("text", ["a *b", "#1", "a@b", "long " * 200])
async def test_marked_and_overlong_texts_are_not_taken(
    text: str, settings: Settings, languages: LanguageTable
) -> None:
    engine = ApertiumEngine(settings, languages)
    assert await ask(engine, languages, text, "es") == []
    assert engine.running() == []


async def test_a_language_without_a_route_is_not_known(
    settings: Settings, languages: LanguageTable
) -> None:
    assert await ask(ApertiumEngine(settings, languages), languages, "x", "ja") == []


# An optional part: where Debian's apertium-eng-spa is not installed there is nothing to run.
@pytest.mark.skipif(
    shutil.which("lt-proc") is None or not DEBIAN_MODE.is_file(),
    reason="apertium and apertium-eng-spa are not installed",
)
async def test_the_real_pair_translates_and_declines_unknown_words(
    languages: LanguageTable,
) -> None:
    engine = ApertiumEngine(Settings(apertium_timeout_s=20), languages)
    assert await ask(engine, languages, "The house is big", "es") == ["La casa es grande"]
    assert await ask(engine, languages, "The blorf is big", "es") == []
    assert await ask(engine, languages, "the [red] house", "es") != []
    assert await ask(engine, languages, "The house is big", "es") == ["La casa es grande"]
    await engine.stop()
