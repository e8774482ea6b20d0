"""services.translator.engines.libretranslate, against prepared answers and against our own API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.chassis import create_app
from services.contract import ErrorCode
from services.translator.api.routes import add_libretranslate
from services.translator.engines import libretranslate
from services.translator.engines.interface import EngineError, Kind
from services.translator.engines.libretranslate import LibreTranslateEngine
from services.translator.quality import Quality
from services.translator.reading.languages import LanguageTable
from services.translator.settings import Settings
from services.translator.translate import Translator

pytestmark = pytest.mark.anyio

URL = "http://upstream.test"
LISTED = [
    {"code": "en", "name": "English", "targets": ["en", "fr", "pt-BR", "zt", "xyz1"]},
    {"code": "fr", "name": "French", "targets": ["en"]},
]


@dataclass
class Upstream:
    """A LibreTranslate server of prepared answers; remembers what it was sent."""

    languages: Any = field(default_factory=lambda: LISTED)
    answer: httpx.Response | Exception = field(
        default_factory=lambda: httpx.Response(200, json={"translatedText": "Bonjour"})
    )
    asked: list[Any] = field(default_factory=list)
    headers: list[httpx.Headers] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.headers.append(request.headers)
        if request.url.path == "/languages":
            if isinstance(self.languages, Exception):
                raise self.languages
            if isinstance(self.languages, httpx.Response):
                return self.languages
            return httpx.Response(200, json=self.languages)
        self.asked.append(json.loads(request.content))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def make_engine(
    upstream: Upstream, languages: LanguageTable
) -> AsyncIterator[Callable[..., LibreTranslateEngine]]:
    made = []

    def make(**values: Any) -> LibreTranslateEngine:
        settings = Settings(libretranslate_url=URL, **values)
        transport = httpx.MockTransport(upstream)
        made.append(LibreTranslateEngine(settings, languages, transport=transport))
        return made[-1]

    yield make
    for engine in made:
        await engine.stop()


@pytest.fixture
async def engine(make_engine: Callable[..., LibreTranslateEngine]) -> LibreTranslateEngine:
    engine = make_engine()
    await engine.refresh()
    return engine


@pytest.fixture
def ask(languages: LanguageTable) -> Callable[..., Any]:
    """`await ask(engine, "Hello", "en", "fr")`."""

    async def asking(
        engine: LibreTranslateEngine, text: str = "Hello", source: str = "en", target: str = "fr"
    ) -> Sequence[str]:
        ends = [languages.by_code(code) for code in (source, target)]
        assert ends[0] is not None
        assert ends[1] is not None
        return await engine.translate(text, ends[0], ends[1])

    return asking


async def test_the_server_s_languages_are_the_pairs(engine: LibreTranslateEngine) -> None:
    assert (engine.name, engine.kind) == ("libretranslate", Kind.SENTENCES)
    assert set(engine.pairs()) == {("en", "fr"), ("en", "pt"), ("en", "zh"), ("fr", "en")}
    assert engine.missing() == []


async def test_a_server_that_lists_no_targets_does_all(
    upstream: Upstream, engine: LibreTranslateEngine
) -> None:
    upstream.languages = [{"code": code, "name": code} for code in ("en", "fr", "de")]
    await engine.refresh()
    assert len(engine.pairs()) == 6


async def test_the_languages_are_asked_for_in_the_background_and_kept(
    make_engine: Callable[..., LibreTranslateEngine], upstream: Upstream
) -> None:
    engine = make_engine()
    assert set(engine.pairs()) == set()
    assert engine._refreshing is not None
    await engine._refreshing
    for _ in range(3):
        assert ("en", "fr") in engine.pairs()
    assert len(upstream.headers) == 1


async def test_a_text_goes_there_and_its_translations_come_back(
    engine: LibreTranslateEngine, upstream: Upstream, ask: Any
) -> None:
    body = {"translatedText": "Bonjour", "alternatives": ["Salut", "Bonjour", " "]}
    upstream.answer = httpx.Response(200, json=body)
    assert await ask(engine) == ["Bonjour", "Salut"]
    (sent,) = upstream.asked
    assert sent == {
        "q": "Hello",
        "source": "en",
        "target": "fr",
        "format": "text",
        "alternatives": 3,
    }


async def test_the_key_is_sent_in_the_body(
    make_engine: Callable[..., LibreTranslateEngine], upstream: Upstream, ask: Any
) -> None:
    engine = make_engine(libretranslate_api_key="secret")
    await engine.refresh()
    await ask(engine)
    assert upstream.asked[0]["api_key"] == "secret"
    assert "secret" not in str(upstream.headers)


@pytest.mark.parametrize(
    ("target", "sent"),
    [("pt", "pt-BR"), ("pt-BR", "pt-BR"), ("pt-PT", "pt-BR"), ("zh-Hant", "zt"), ("zh-Hans", None)],
)
async def test_the_server_s_code_nearest_to_the_regional_form_is_sent(
    target: str, sent: str | None, engine: LibreTranslateEngine, upstream: Upstream, ask: Any
) -> None:
    await ask(engine, target=target)
    assert [one["target"] for one in upstream.asked] == ([sent] if sent else [])


async def test_a_pair_it_has_not_is_not_asked_for(
    engine: LibreTranslateEngine, upstream: Upstream, ask: Any
) -> None:
    assert await ask(engine, source="fr", target="de") == []
    assert upstream.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "fr is not supported"}),
        httpx.Response(422, json={"error": "no engine could"}),
        httpx.Response(200, json={"translatedText": "Hello"}),
        httpx.Response(200, json={"translatedText": " hello "}),
        httpx.Response(200, json={"translatedText": ""}),
    ],
)
async def test_what_stands_for_not_knowing_is_no_failure(
    answer: httpx.Response, engine: LibreTranslateEngine, upstream: Upstream, ask: Any
) -> None:
    upstream.answer = answer
    assert await ask(engine) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(403, json={"error": "Invalid API key"}), ErrorCode.UNAVAILABLE),
        (httpx.Response(429, json={"error": "Slowdown"}), ErrorCode.OVERLOADED),
        (httpx.Response(500, json={"error": "Hello"}), ErrorCode.UPSTREAM),
        (httpx.Response(404, text="Hello"), ErrorCode.UPSTREAM),
        (httpx.Response(302, headers={"location": "http://x"}), ErrorCode.UPSTREAM),
        (httpx.Response(200, text="<html>Hello"), ErrorCode.UPSTREAM),
        (httpx.Response(200, json={"translatedText": ["Bonjour"]}), ErrorCode.UPSTREAM),
        (httpx.Response(200, json={"translatedText": "a\x07"}), ErrorCode.UPSTREAM),
        (httpx.Response(200, content=b" " * (2**20 + 1)), ErrorCode.UPSTREAM),
        (httpx.ConnectError("Hello"), ErrorCode.UNAVAILABLE),
        (httpx.ReadTimeout("Hello"), ErrorCode.DEADLINE),
        (httpx.RemoteProtocolError("Hello"), ErrorCode.UPSTREAM),
    ],
)
async def test_every_failure_has_its_code_and_tells_nothing_of_the_text(
    answer: Any, code: ErrorCode, engine: LibreTranslateEngine, upstream: Upstream, ask: Any
) -> None:
    upstream.answer = answer
    with pytest.raises(EngineError) as failed:
        await ask(engine)
    assert failed.value.code is code
    assert "hello" not in failed.value.message.lower()


async def test_a_slow_server_is_cut_at_the_request_s_deadline(
    engine: LibreTranslateEngine,
    upstream: Upstream,
    ask: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Upstream, "__call__", lambda self, request: never(request))
    monkeypatch.setattr(libretranslate, "remaining_ms", lambda: 20.0)
    with pytest.raises(EngineError) as failed:
        await asyncio.wait_for(ask(engine), 5)
    assert failed.value.code is ErrorCode.DEADLINE


async def test_a_server_that_cannot_be_reached_is_left_alone_for_a_while(
    engine: LibreTranslateEngine, upstream: Upstream, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.answer = httpx.ConnectError("refused")
    for _ in range(3):
        with pytest.raises(EngineError):
            await ask(engine)
    assert len(upstream.asked) == 1
    upstream.answer = httpx.Response(200, json={"translatedText": "Bonjour"})
    engine._down_until_s = 0.0
    assert await ask(engine) == ["Bonjour"]


@pytest.mark.parametrize(
    ("languages_answer", "said"),
    [
        (httpx.ConnectError("refused"), "cannot be reached"),
        (httpx.Response(200, text="<html>"), "no languages"),
        (httpx.Response(400, json={"error": "no"}), "no languages"),
        (httpx.Response(200, json=[]), "no languages known here"),
        (httpx.Response(500, text="no"), "status 500"),
    ],
)
async def test_readiness_names_what_is_wrong_with_it(
    languages_answer: Any,
    said: str,
    make_engine: Callable[..., LibreTranslateEngine],
    upstream: Upstream,
) -> None:
    upstream.languages = languages_answer
    engine = make_engine()
    await engine.refresh()
    (missing,) = engine.missing()
    assert said in missing.how
    assert URL in missing.how
    assert not missing.required


async def test_the_last_list_stays_while_the_server_is_away(
    engine: LibreTranslateEngine, upstream: Upstream
) -> None:
    upstream.languages = httpx.ConnectError("refused")
    await engine.refresh()
    assert ("en", "fr") in engine.pairs()
    assert len(engine.missing()) == 1


async def test_two_of_our_translators_can_be_chained(
    languages: LanguageTable, fake_engine: Any
) -> None:
    """The second asks the first through its LibreTranslate-compatible API, key and all."""

    async def readiness() -> list[Any]:
        return []

    settings = Settings(api_key=SecretStr("secret"), detector="off")
    first = Translator(
        [fake_engine({"The cat sleeps.": ["Le chat dort.", "Le chat sommeille."]})],
        Quality(),
        None,
        languages,
    )
    app = create_app("translator", settings, summary="A test.", readiness=readiness)
    add_libretranslate(app, first, None, settings, languages)
    engine = LibreTranslateEngine(
        Settings(libretranslate_url=URL, libretranslate_api_key=SecretStr("secret")),
        languages,
        transport=httpx.ASGITransport(app),
    )
    await engine.refresh()
    second = Translator([engine], Quality(), None, languages)
    english, french = languages.by_code("en"), languages.by_code("fr")
    assert english is not None
    assert french is not None
    found = await second.translate_text("The cat sleeps.", english, french)
    assert found is not None
    assert (found.text, found.engine) == ("Le chat dort.", "libretranslate")
    assert found.alternatives == ["Le chat sommeille."]
    assert await second.translate_text("The dog sleeps.", english, french) is None
    await second.stop()
