"""services.translator.asking: one sentence, several engines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.chassis import context
from services.contract import ErrorCode
from services.translator import asking
from services.translator.asking import Answer, ask
from services.translator.engines.interface import EngineError, Kind
from services.translator.masks import MASKS
from services.translator.reading.languages import Language, LanguageTable

pytestmark = pytest.mark.anyio

SLOW = EngineError(ErrorCode.DEADLINE, "too slow")


@dataclass
class Rewriting:
    """A sentence engine that answers what `rewrite` makes of the text."""

    rewrite: Callable[[str], str]
    name: str = "rewriting"
    kind: Kind = Kind.SENTENCES
    asked: list[str] = field(default_factory=list)

    def pairs(self) -> list[tuple[str, str]]:
        return [("en", "fr")]

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        self.asked.append(text)
        return [self.rewrite(text)]

    async def stop(self) -> None: ...


@pytest.fixture
def put(languages: LanguageTable) -> Callable[..., Any]:
    async def asked(text: str, *engines: Any, target: str = "fr") -> Answer | None:
        english, other = languages.by_code("en"), languages.by_code(target)
        assert english is not None
        assert other is not None
        return await ask(engines, text, english, other)

    return asked


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("turkey", ["Turquie", "dinde"]),
        ("Turkey", ["Turquie"]),
        ("chad", ["Tchad"]),
    ],
)
async def test_a_name_without_its_capital_may_be_a_word_too(
    text: str, results: list[str], put: Any, fake_engine: Any
) -> None:
    names = fake_engine({text: results[:1]}, kind=Kind.NAMES, name="names")
    words = fake_engine({"turkey": ["turquie", "dinde"], "Turkey": ["dinde"]}, kind=Kind.WORDS)
    broken = fake_engine(failure=SLOW, kind=Kind.WORDS)
    assert await put(text, names, broken, words) == Answer(results, "names")


async def test_the_first_engine_that_knows_answers_alone(put: Any, fake_engine: Any) -> None:
    first, second = fake_engine({"bread": ["pain", "miche", "pain"]}), fake_engine()
    assert await put("bread", fake_engine(), first, second) == Answer(["pain", "miche"], "fake")
    assert second.asked == []


async def test_a_failing_engine_gives_way_to_one_that_knows(put: Any, fake_engine: Any) -> None:
    assert await put("bread", fake_engine(failure=SLOW), fake_engine({"bread": ["pain"]}))


async def test_a_failure_is_not_passed_off_as_not_knowing(put: Any, fake_engine: Any) -> None:
    with pytest.raises(EngineError) as caught:
        await put("bread", fake_engine(failure=SLOW), fake_engine())
    assert caught.value.code is ErrorCode.DEADLINE


async def test_nobody_knowing_gives_nothing(put: Any, fake_engine: Any) -> None:
    assert await put("bread", fake_engine(), fake_engine()) is None


async def test_an_engine_s_bug_is_its_failure_and_is_logged_without_the_text(
    put: Any, fake_engine: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> str:
        raise ValueError(text)

    caplog.set_level(logging.DEBUG, "services.translator")
    answer = await put("my secret", Rewriting(fail), fake_engine({"my secret": ["oui"]}))
    assert answer == Answer(["oui"], "fake")
    assert "rewriting failed: ValueError" in caplog.text
    assert "secret" not in caplog.text


async def test_a_slow_engine_leaves_time_for_the_next(
    put: Any, fake_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Rewriting):
        async def translate(self, text: str, source: Language, target: Language) -> list[str]:
            await asyncio.Event().wait()
            return []

    monkeypatch.setattr(asking, "remaining_ms", lambda: 100.0)
    assert await put("bread", Hanging(str), fake_engine({"bread": ["pain"]}))
    with pytest.raises(EngineError) as caught:
        await put("bread", Hanging(str))
    assert caught.value.code is ErrorCode.DEADLINE


def test_without_a_deadline_there_is_no_limit() -> None:
    assert context.remaining_ms() is None
    assert asking._limit_s(more_to_come=True) is None


async def test_addresses_are_masked_and_put_back(put: Any) -> None:
    engine = Rewriting(lambda text: text.replace("See", "Voyez"))
    answer = await put("See https://x.org/a and {name}.", engine)
    assert answer.results == ["Voyez https://x.org/a and {name}."]
    assert len(MASKS.findall(engine.asked[0])) == 2


async def test_a_number_an_engine_changed_is_masked_the_second_time(put: Any) -> None:
    engine = Rewriting(lambda text: text.replace("3,000", "3 000"))
    assert (await put("about 3,000 dogs", engine)).results == ["about 3,000 dogs"]
    assert engine.asked[0] == "about 3,000 dogs"
    assert MASKS.search(engine.asked[1])


async def test_an_engine_that_spoils_masks_is_given_the_plain_text(put: Any) -> None:
    engine = Rewriting(lambda text: MASKS.sub("", text))
    assert (await put("see {name}", engine)).results == ["see {name}"]


@pytest.mark.parametrize("spoil", [lambda text: "voir", lambda text: text + text])
async def test_an_answer_that_lost_or_doubled_something_is_dropped_and_the_next_is_asked(
    spoil: Callable[[str], str], put: Any, fake_engine: Any
) -> None:
    careful = Rewriting(str, name="careful")
    answer = await put("see {name} at 10:30", Rewriting(spoil), careful)
    assert answer == Answer(["see {name} at 10:30"], "careful")
    assert await put("see {name} at 10:30", Rewriting(spoil)) is None


async def test_case_and_marks_follow_the_text_but_not_for_names(put: Any, fake_engine: Any) -> None:
    engine = fake_engine({"Hello!": ["bonjour"]})
    assert (await put("Hello!", engine)).results == ["Bonjour !"]
    words = fake_engine({"Monday": ["lundi"]}, kind=Kind.WORDS)
    assert (await put("Monday", words)).results == ["lundi"]
    names = fake_engine({"USA": ["États-Unis"]}, kind=Kind.NAMES)
    assert (await put("USA", names)).results == ["États-Unis"]
