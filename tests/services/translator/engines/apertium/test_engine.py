"""services.translator.engines.apertium.engine: the engine; its last test runs the real programs."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from services.translator.engines.apertium import engine as apertium
from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.engines.interface import EngineError
from services.translator.quality import Quality
from services.translator.reading.languages import LanguageTable
from services.translator.settings import Settings
from services.translator.translate import Translator

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
        mode = f"{program} {pair[-1]} | {program} {pair[0]}\n"
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
    assert await ask(engine, languages, "x", "es") == ["eax"]
    assert await ask(engine, languages, "x", "fr") == ["ereax"]
    await engine.stop()


async def test_the_way_over_a_third_language_can_be_turned_off(
    settings: Settings, languages: LanguageTable
) -> None:
    direct = settings.model_copy(update={"apertium_over_third": False})
    engine = ApertiumEngine(direct, languages)
    assert await ask(engine, languages, "x", "fr") == []
    await engine.stop()


async def test_a_text_declined_on_one_way_takes_the_next(
    settings: Settings, languages: LanguageTable
) -> None:
    modes = settings.apertium_dir / "modes"
    (modes / "eng-fra.mode").write_text("sed -u s/x/*x/\n", encoding="utf-8")
    engine = ApertiumEngine(settings, languages)
    assert await ask(engine, languages, "x", "fr") == ["ereax"]
    assert await ask(engine, languages, "y", "fr") == ["y"]
    await engine.stop()


async def test_more_pairs_than_allowed_take_turns(
    settings: Settings, languages: LanguageTable
) -> None:
    engine = ApertiumEngine(settings.model_copy(update={"apertium_max_pairs": 1}), languages)
    answers = [await ask(engine, languages, "x", to) for to in ("es", "ca", "es")]
    assert answers == [["eax"], ["etx"], ["eax"]]
    assert len(engine.running()) == 1
    await engine.stop()


@pytest.mark.parametrize("text", ["a *b", "#1", "a@b", "zkzbz", "long " * 200])
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


async def test_a_pair_unused_for_long_is_stopped_and_comes_back(
    settings: Settings, languages: LanguageTable
) -> None:
    engine = ApertiumEngine(settings.model_copy(update={"apertium_idle_s": 0.05}), languages)
    assert await ask(engine, languages, "x", "es") == ["eax"]
    async with asyncio.timeout(20):
        while engine.running():  # noqa: ASYNC110  the timer is the engine's own
            await asyncio.sleep(0.01)
    assert await ask(engine, languages, "x", "es") == ["eax"]
    await engine.stop()


async def test_stopping_leaves_no_timer_and_no_process(
    settings: Settings, languages: LanguageTable
) -> None:
    engine = ApertiumEngine(settings, languages)
    await ask(engine, languages, "x", "fr")
    await engine.stop()
    await engine.stop()
    assert engine.running() == []


@pytest.mark.parametrize("stage", ["exec false", "exec sleep 600"])
async def test_a_pair_that_crashes_or_hangs_leaves_the_text_to_the_next_engine(
    stage: str, settings: Settings, languages: LanguageTable, fake_engine: Any
) -> None:
    (settings.apertium_dir / "stage").write_text(f"#!/bin/sh\n{stage}\n", encoding="utf-8")
    engine = ApertiumEngine(settings.model_copy(update={"apertium_timeout_s": 0.5}), languages)
    other = fake_engine({"some words of a sentence": ["palabras"]}, name="other")
    translator = Translator([engine, other], Quality(), None, languages)
    english, spanish = languages.by_code("en"), languages.by_code("es")
    assert spanish is not None
    found = await translator.translate_text("some words of a sentence", english, spanish)
    assert found is not None
    assert (found.text, found.engine) == ("palabras", "other")
    (settings.apertium_dir / "stage").write_text(STAGE, encoding="utf-8")
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(EngineError):  # the old process may still be starting
                assert await ask(engine, languages, "x", "es") == ["eax"]  # replaced by a sound one
                break
    await translator.stop()


async def test_only_what_can_be_reached_is_listed(
    settings: Settings, languages: LanguageTable
) -> None:
    assert ApertiumEngine(settings, languages).pairs() == [
        ("en", "ca"),
        ("en", "es"),
        ("en", "fr"),
        ("es", "fr"),
    ]


# An optional part: where Debian's apertium-eng-spa is not installed there is nothing to run.
@pytest.mark.skipif(
    shutil.which("lt-proc") is None or not DEBIAN_MODE.is_file(),
    reason="apertium and apertium-eng-spa are not installed",
)
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The house is big", ["La casa es grande"]),
        ("The blorf is big", []),
        ("where is the train station", []),  # Apertium has "#canal" for station
        ("I met Kovalenko in Paris", ["Cumplí Kovalenko en París"]),
        (
            "\ue000 is big and \ue001 bought 3 apples",
            ["\ue000 es grande y \ue001 compró 3 manzanas"],
        ),
        ("click \uec00here\uec01 now", ["clic \uec00aquí\uec01 ahora"]),
        ("I have 3,000.50 dogs and 5km", ["Tengo 3,000.50 perros y 5km"]),
    ],
)
async def test_the_real_pair_translates_keeps_names_and_masks_and_declines_unknown_words(
    text: str, answer: list[str], languages: LanguageTable
) -> None:
    settings = Settings(apertium_timeout_s=20, apertium_over_third=False)
    engine = ApertiumEngine(settings, languages)
    assert await ask(engine, languages, text, "es") == answer
    await engine.stop()


@pytest.mark.skipif(
    shutil.which("lt-proc") is None or not DEBIAN_MODE.is_file(),
    reason="apertium and apertium-eng-spa are not installed",
)
async def test_a_name_at_the_start_is_sent_again_with_its_capital(languages: LanguageTable) -> None:
    settings = Settings(apertium_timeout_s=20, apertium_over_third=False)
    engine = ApertiumEngine(settings, languages)
    assert await ask(engine, languages, "Dogs", "es") == ["Perros"]
    assert await ask(engine, languages, "John Smith", "es") == ["John Smith"]
    await engine.stop()
