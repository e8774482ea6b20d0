"""services.translator.detect, with lingua's real models."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from services.translator.detect import Detected, Detector

pytestmark = pytest.mark.anyio

CODES = ("en", "fr", "es", "de", "it", "pt", "nl", "ca", "sv", "pl", "id")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector("low", CODES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Where is the nearest bakery, please?", "en"),
        ("Je voudrais un café et un croissant.", "fr"),
        ("¿Dónde está la biblioteca?", "es"),
        ("Vielen Dank für Ihre Hilfe", "de"),
        ("tack så mycket", "sv"),
    ],
)
async def test_a_sentence_s_language_comes_first(detector: Detector, text: str, code: str) -> None:
    best = (await detector.rank(text))[0]
    assert best.code == code
    assert best.confidence > 0.8


async def test_confidences_fall_and_add_up_to_one(detector: Detector) -> None:
    ranked = await detector.rank("chien")
    confidences = [one.confidence for one in ranked]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1, abs=0.02)


async def test_asked_among_some_only_these_share_the_confidence(detector: Detector) -> None:
    ranked = await detector.rank("obrigado", among={"es", "ca"})
    assert {one.code for one in ranked} <= {"es", "ca"}
    assert sum(one.confidence for one in ranked) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("text", ["", "   ", "123 + 4", "!?", "😀", "\ud800"])
async def test_nothing_is_said_of_a_text_without_letters(detector: Detector, text: str) -> None:
    assert await detector.rank(text) == []


async def test_nothing_is_said_of_another_alphabet(detector: Detector) -> None:
    assert await detector.rank("ありがとう") == []
    assert await detector.rank("hello there", among=()) == []


async def test_half_a_character_pair_is_no_obstacle(detector: Detector) -> None:
    assert (await detector.rank("Where is the \ud800 nearest bakery?"))[0].code == "en"


async def test_codes_are_this_service_s_own() -> None:
    detector = Detector("low", ["fil", "no", "en", "xx", "tlh"])
    assert (await detector.rank("Magandang umaga sa inyong lahat"))[0].code == "fil"
    assert (await detector.rank("Hvor er det nærmeste bakeriet?"))[0].code == "no"


async def test_a_language_alone_is_not_found_in_every_text() -> None:
    assert (await Detector("low", ["de"]).rank("Where is the nearest bakery?"))[0].code == "en"


async def test_the_models_are_loaded_once_and_off_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[threading.Thread] = []
    load = Detector._load

    def counted(self: Detector) -> Any:
        loads.append(threading.current_thread())
        return load(self)

    monkeypatch.setattr(Detector, "_load", counted)
    detector = Detector("low", CODES)
    assert loads == []
    answers = await asyncio.gather(*(detector.rank("Guten Morgen") for _ in range(8)))
    assert len(loads) == 1
    assert loads[0] is not threading.main_thread()
    assert all(answer == answers[0] for answer in answers)
    assert isinstance(answers[0][0], Detected)
