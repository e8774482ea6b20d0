"""services.translator.engines.interface: asking in order."""

from __future__ import annotations

from typing import Any

import pytest

from services.contract import ErrorCode
from services.translator.engines.interface import EngineError, Request, first_answer
from services.translator.reading.languages import LanguageTable

pytestmark = pytest.mark.anyio

SLOW = EngineError(ErrorCode.DEADLINE, "too slow")


@pytest.fixture
def request_(languages: LanguageTable) -> Request:
    target = languages.by_code("fr")
    assert target is not None
    return Request("what is bread", target, None, ("bread",))


async def test_the_first_engine_that_knows_answers_alone(
    fake_engine: Any, request_: Request
) -> None:
    first, second = fake_engine({"bread": ["pain"]}), fake_engine({"bread": ["miche"]})
    assert await first_answer([first, second], request_) == ["pain"]
    assert second.asked == []


async def test_the_whole_text_is_asked_before_other_readings(
    fake_engine: Any, request_: Request
) -> None:
    engine = fake_engine({"what is bread": ["qu'est-ce que le pain"], "bread": ["pain"]})
    assert await first_answer([engine], request_) == ["qu'est-ce que le pain"]
    assert engine.asked == ["what is bread"]


async def test_equal_answers_are_given_once(fake_engine: Any, request_: Request) -> None:
    engine = fake_engine({"bread": ["pain", "miche", "pain"]})
    assert await first_answer([engine], request_) == ["pain", "miche"]


async def test_a_failing_engine_gives_way_to_one_that_knows(
    fake_engine: Any, request_: Request
) -> None:
    engines = [fake_engine(failure=SLOW), fake_engine({"bread": ["pain"]})]
    assert await first_answer(engines, request_) == ["pain"]


async def test_a_failure_is_not_passed_off_as_not_knowing(
    fake_engine: Any, request_: Request
) -> None:
    with pytest.raises(EngineError) as caught:
        await first_answer([fake_engine(failure=SLOW), fake_engine()], request_)
    assert caught.value.code is ErrorCode.DEADLINE


async def test_nobody_knowing_gives_nothing(fake_engine: Any, request_: Request) -> None:
    assert await first_answer([fake_engine(), fake_engine()], request_) == []
