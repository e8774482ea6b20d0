"""services.translator.app: the service, on a machine without Apertium and FreeDict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from services.contract import ErrorCode, Missing, read_manifest
from services.translator.app import build, build_with_translator, missing_parts
from services.translator.engines.cldr import locale_index
from services.translator.engines.interface import EngineError
from services.translator.quality import Quality
from services.translator.reading.forms import all_forms
from services.translator.reading.languages import LanguageTable
from services.translator.settings import Settings
from services.translator.translate import Translator

pytestmark = pytest.mark.anyio

MANIFEST = read_manifest(Path(__file__).parents[3] / "services" / "translator" / "tool.toml")


@pytest.fixture
def bare_app(tmp_path: Path) -> FastAPI:
    return build(Settings(apertium_dir=tmp_path, freedict_dir=tmp_path, argos_dir=tmp_path))


async def nothing_missing() -> Sequence[Missing]:
    return []


def app_with(engine: Any, languages: LanguageTable) -> FastAPI:
    translator = Translator([engine], Quality(), None, languages)
    return build_with_translator(Settings(), languages, translator, None, nothing_missing)


async def test_patterns_and_names_are_ready_before_the_first_text(bare_app: FastAPI) -> None:
    all_forms.cache_clear()
    locale_index.cache_clear()
    async with bare_app.router.lifespan_context(bare_app):
        assert all_forms.cache_info().currsize == 1
        assert locale_index.cache_info().currsize == 1


async def test_the_manifest_s_examples_hold_without_system_packages(
    bare_app: FastAPI, serve: Any
) -> None:
    async with serve(bare_app) as client:
        for example in MANIFEST.examples:
            answer = (await client.post("/v1/query", json={"input": example.input})).json()
            assert answer["results"] == example.results, example.input
            assert answer["status"] == ("ok" if example.results else "unparsed")


async def test_it_is_ready_without_the_optional_parts_and_names_them(
    bare_app: FastAPI, serve: Any
) -> None:
    async with serve(bare_app) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    missing = answer.json()["missing"]
    assert [part["required"] for part in missing] == [False, False, False]
    assert [part["how"].partition(" ")[0] for part in missing] == ["apt-get", "apt-get", "put"]


def test_nothing_is_missing_where_pairs_from_english_are_installed() -> None:
    assert missing_parts({("en", "es"): ["apertium"], ("en", "fr"): ["freedict"]}) == []
    assert len(missing_parts({("es", "ca"): ["apertium"], ("fr", "en"): ["freedict"]})) == 2


async def test_skip_and_limit_page_through_the_ranked_results(
    languages: LanguageTable, fake_engine: Any, serve: Any
) -> None:
    engine = fake_engine({"board": ["planche", "tableau", "conseil"]})
    app = app_with(engine, languages)
    pages = []
    async with serve(app) as client:
        for skip in (0, 2, 3):
            body = {"input": "board in French", "skip": skip, "limit": 2}
            pages.append((await client.post("/v1/query", json=body)).json())
    assert [page["results"] for page in pages] == [["planche", "tableau"], ["conseil"], []]
    assert [page["status"] for page in pages] == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("code", "status"), [(ErrorCode.DEADLINE, 504), (ErrorCode.OVERLOADED, 429)]
)
async def test_an_engine_s_failure_is_an_error_body(
    code: ErrorCode, status: int, languages: LanguageTable, fake_engine: Any, serve: Any
) -> None:
    engine = fake_engine(failure=EngineError(code, "no"))
    app = app_with(engine, languages)
    async with serve(app) as client:
        answer = await client.post("/v1/query", json={"input": "bread in French"})
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code.value


async def test_a_server_that_cannot_be_reached_is_named_and_fails_nothing_else(
    tmp_path: Path, serve: Any
) -> None:
    settings = Settings(apertium_dir=tmp_path, freedict_dir=tmp_path, argos_dir=tmp_path)
    app = build(settings.model_copy(update={"libretranslate_url": "http://127.0.0.1:9"}))
    async with serve(app) as client:
        parts = [one["part"] for one in (await client.get("/readyz")).json()["missing"]]
        answer = await client.post("/v1/query", json={"input": "hello in French"})
    assert "libretranslate (sentences)" in parts
    assert answer.json()["results"] == ["Bonjour"]
