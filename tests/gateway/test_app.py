"""The app as a whole: readiness, the tools' list, the page, settings, and what it never loads."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.endpoints import endpoints
from gateway.settings import Settings, settings_from
from services.chassis import SettingsError
from services.contract import ReadyResponse, discover_tools

UI = Path(__file__).parents[2] / "gateway" / "ui"


@pytest.fixture
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """/readyz looks anew for everybody."""
    monkeypatch.setattr("gateway.readiness.FRESH_S", 0.0)


@pytest.mark.anyio
@pytest.mark.usefixtures("looks_each_time")
async def test_ready_needs_the_model_server_but_no_tool(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.ready = {"retrieval": 503}
    async with serve(app) as client:
        without_tool = await client.get("/readyz")
        world.ready = {"model": 503}
        without_model = await client.get("/readyz")
    assert without_tool.status_code == 200
    [missing] = ReadyResponse.model_validate_json(without_tool.content).missing
    assert (missing.part, missing.required) == ("retrieval", False)
    assert without_model.status_code == 503
    [missing] = ReadyResponse.model_validate_json(without_model.content).missing
    assert (missing.part, missing.required) == ("model_server", True)


@pytest.mark.anyio
async def test_streams_are_described_where_they_are_offered(app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        schema = (await client.get("/openapi.json")).json()
    for path in ("/v1/chat", "/v1/chat/completions"):
        answer = schema["paths"][path]["post"]["responses"]["200"]
        assert set(answer["content"]) == {"application/json", "text/event-stream"}
    bodies = schema["components"]["schemas"]
    assert "`[DONE]`" in bodies["CompletionRequest"]["properties"]["stream"]["description"]
    stream = bodies["ChatRequest"]["properties"]["stream"]
    for event in ("turn", "base", "query", "snippets", "response", "done", "error"):
        assert f"`{event}`" in stream["description"]


@pytest.mark.anyio
async def test_the_gateways_folder_is_its_users_alone(
    app: FastAPI, settings: Settings, serve: Any
) -> None:
    async with serve(app):
        assert S_IMODE(settings.data_dir.stat().st_mode) == 0o700


@pytest.mark.anyio
@pytest.mark.usefixtures("looks_each_time")
async def test_without_the_sessions_database_the_gateway_is_not_ready(
    app: FastAPI, settings: Settings, serve: Any
) -> None:
    async with serve(app) as client:
        before = await client.get("/readyz")
        with sqlite3.connect(settings.data_dir / "sessions.db") as database:
            database.executescript("DROP TABLE turns; DROP TABLE sessions")
        after = await client.get("/readyz")
    assert (before.status_code, after.status_code) == (200, 503)
    [missing] = ReadyResponse.model_validate_json(after.content).missing
    assert (missing.part, missing.required) == ("sessions database", True)


@pytest.mark.anyio
async def test_an_address_that_is_no_url_is_a_part_that_cannot_be_reached(
    settings: Settings, serve: Any
) -> None:
    urls = {"calculator": "http://c:port"}  # as Settings would refuse it
    app = build(settings.model_copy(update={"model_url": "http://m:port", "tool_urls": urls}))
    async with serve(app) as client:
        ready = await client.get("/readyz")
        tools = await client.post("/v1/toolset", json={"input": "x"})
        turn = await client.post("/v1/chat", json={"message": "x"})
    assert (ready.status_code, turn.status_code) == (503, 503)
    assert tools.json()["tools"][0]["status"] == "unavailable"


@pytest.mark.anyio
async def test_tools_are_listed_in_toolset_order(app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        tools = (await client.get("/v1/tools")).json()["tools"]
    assert [tool["name"] for tool in tools] == ["calculator", "translator", "retrieval"]
    assert tools[0]["summary"] == "The calculator."
    assert tools[0]["examples"][0]["input"] == "x"


@pytest.mark.anyio
async def test_a_fourth_tool_is_asked_with_no_change_to_the_gateway(
    settings: Settings, world: Any, serve: Any
) -> None:
    folder = settings.tools_dir
    assert folder is not None
    text = (folder / "retrieval" / "tool.toml").read_text(encoding="utf-8")
    text = text.replace("retrieval", "almanac").replace("9103", "9104").replace("= 3", "= 4")
    (folder / "almanac").mkdir()
    (folder / "almanac" / "tool.toml").write_text(text, encoding="utf-8")
    urls = {**(settings.tool_urls or {}), "almanac": "http://almanac.test"}
    world.answers("almanac", "full moon")
    app = build(settings.model_copy(update={"tool_urls": urls}), world)
    async with serve(app) as client:
        answer = (await client.post("/v1/toolset", json={"input": "moon"})).json()
    assert answer["results"] == ["full moon"]
    assert answer["tools"][3]["tool"] == "almanac"


@pytest.mark.anyio
async def test_the_page_loads_nothing_from_elsewhere(app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        page = await client.get("/")
        etag = {"if-none-match": page.headers["etag"]}
        again = await client.get("/", headers=etag)
        linked = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
        statuses = {path: (await client.get(path)).status_code for path in linked}
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert again.status_code == 304
    assert linked
    assert set(statuses.values()) == {200}, statuses


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/chat", 405),
        ("POST", "/v1/nothing", 404),
        ("GET", "/../settings.py", 404),
        ("GET", "/settings.py", 404),
        ("POST", "/", 405),
    ],
)
async def test_the_page_hides_no_404_or_405(
    method: str, path: str, status: int, app: FastAPI, serve: Any
) -> None:
    async with serve(app) as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["request_id"]


def test_settings_come_from_the_environment() -> None:
    environ = {
        "GROUNDLING_GATEWAY_TOOL_URLS": json.dumps({"calculator": "http://c:1"}),
        "GROUNDLING_GATEWAY_MAX_ROUNDS": "2",
        "GROUNDLING_DATA_DIR": "/data",
    }
    settings = settings_from(environ)
    assert (settings.max_rounds, settings.tool_urls) == (2, {"calculator": "http://c:1"})
    assert settings.sessions_url == "sqlite:////data/gateway/sessions.db"
    own = settings_from({**environ, "GROUNDLING_GATEWAY_DATA_DIR": "/own"})
    assert own.data_dir == Path("/own")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MAX_ROUNDS", "9"),
        ("TOOL_URLS", "not json"),
        ("TURN_BUDGET_MS", "75000"),
        ("NO_SUCH_SETTING", "1"),
        ("MODEL_URL", ""),
        ("MODEL_URL", "localhost:8200"),
        ("MODEL_URL", "ftp://localhost:8200"),
        ("MODEL_URL", "http://"),
        ("MODEL_URL", "http://localhost:port"),
        ("MODEL_URL", "http://localhost:8200/?key=1"),
        ("TOOL_URLS", '{"calculator": "localhost:8101"}'),
        ("TOOL_URLS", '{"calculator": "http://c:port"}'),
    ],
)
def test_a_bad_setting_stops_the_start(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"GROUNDLING_GATEWAY_({key}|\*)"):
        settings_from({f"GROUNDLING_GATEWAY_{key}": value})


def test_a_slash_at_the_end_of_a_url_changes_nothing() -> None:
    urls = json.dumps({"calculator": "https://c.test/prefix/"})
    settings = settings_from(
        {
            "GROUNDLING_GATEWAY_MODEL_URL": "http://m.test:8200/",
            "GROUNDLING_GATEWAY_TOOL_URLS": urls,
        }
    )
    assert settings.model_url == "http://m.test:8200"
    assert settings.tool_urls == {"calculator": "https://c.test/prefix"}


def test_tools_are_by_default_where_their_manifests_say(settings: Settings) -> None:
    assert settings.tools_dir is not None
    manifests = discover_tools(settings.tools_dir)
    found = endpoints(settings.model_copy(update={"tool_urls": None}), manifests)
    assert [tool.url for tool in found] == [f"http://127.0.0.1:910{n}" for n in (1, 2, 3)]
    unknown = settings.model_copy(update={"tool_urls": {"oracle": "http://o"}})
    with pytest.raises(SettingsError, match="oracle"):
        endpoints(unknown, manifests)


def test_the_gateway_never_loads_a_model_or_a_tools_libraries() -> None:
    heavy = "{'torch', 'sympy', 'rank_bm25', 'lark', 'babel', 'numpy'}"
    code = (
        "import sys, gateway.app, gateway.settings; "
        "gateway.app.build(gateway.settings.Settings(tools_dir='.')); "
        f"print(sorted({heavy} & set(sys.modules)), "
        "[m for m in sys.modules if m.startswith(('model_server', 'services.calc'))])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == "[] []"


def test_the_documentation_names_every_setting_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for name, field in Settings.model_fields.items():
        [row] = [row for row in rows if f"`{name.upper()}`" in row.split("|")[1]]
        if isinstance(field.default, int):
            assert f" {field.default} " in row or f"{field.default}," in row, row
