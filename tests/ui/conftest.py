"""The chat page in a real browser, served by the real gateway over a staged world.

Covers: the browser (the system's chromium), a gateway on a free port for each test, and a page that
fails the test when the browser complains (an error, a violated content security policy) or when
anything is asked of another host. Does not cover: the staged model and tools (staging.py).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from gateway.access.keys import KeyStore, NewKey
from gateway.app import build
from gateway.database.transactions import Database
from gateway.settings import Settings
from tests.ui.staging import Site, StagedWorld, serving

TOOLS = ("calculator", "translator", "retrieval")
OPTIONS = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)

OpenPage = Callable[..., Page]


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no chromium is installed (apt-get install chromium, or set CHROMIUM)")
    sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=[*OPTIONS, *sandbox])
        yield started
        started.close()


@pytest.fixture
def world() -> StagedWorld:
    return StagedWorld()


@pytest.fixture
def ui_settings(tmp_path: Path) -> dict[str, Any]:
    """What a test may change before `site` is made."""
    return {}


@pytest.fixture
def settings(tmp_path: Path, ui_settings: dict[str, Any]) -> Settings:
    folder = tmp_path / "tools"
    for order, name in enumerate(TOOLS, start=1):
        (folder / name).mkdir(parents=True)
        (folder / name / "tool.toml").write_text(
            f'name = "{name}"\nsummary = "The {name}."\nport = {9100 + order}\norder = {order}\n'
            f'app = "services.{name}.app:build"\ntimeout_s = 20.0\n'
            '[[examples]]\ninput = "x"\nresults = []\n',
            encoding="utf-8",
        )
    return Settings(
        log_level="CRITICAL",
        model_url="http://model.test",
        tools_dir=folder,
        tool_urls={name: f"http://{name}.test" for name in TOOLS},
        data_dir=tmp_path / "data",
        **{"model_retries": 0, "tool_retries": 0, **ui_settings},
    )


@pytest.fixture
def api_key(settings: Settings) -> str:
    """A key that the gateway accepts."""

    async def create() -> str:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        async with Database(settings) as database:
            _, token = await KeyStore(database).create(NewKey("page"))
            return token.text

    # In a thread of its own: the browser's driver runs a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, create()).result()


@pytest.fixture
def site(settings: Settings, world: StagedWorld) -> Iterator[Site]:
    with serving(build(settings, world)) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """`open_page(path="/", **context options)`: a page in a browser context of its own.

    `expected`: parts of console messages that the test provokes (a 503 is logged by the browser).
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str = "/", *, expected: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(base_url=site.url, **options)
        contexts.append(context)
        context.set_default_timeout(5_000)
        page = context.new_page()

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error" and not any(part in message.text for part in expected):
                complaints.append(f"{message.text} at {message.location}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: check_host(request.url))
        page.goto(path)
        return page

    def check_host(url: str) -> None:
        if not url.startswith((site.url, "data:", "blob:")):
            complaints.append(f"asked of another host: {url}")

    yield opened
    for context in contexts:
        context.close()
    assert not complaints, complaints
