"""The gateway's app: `build` wires settings, clients, store and routes together.

Covers: what is made once per process, and readiness. Does not cover: any route's work.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI

from gateway.access.cors import add_cors
from gateway.access.guard import guard
from gateway.access.keys import KeyStore
from gateway.access.start import check_start
from gateway.breaker import BreakerLimits
from gateway.chat import chat_routes
from gateway.database.failures import StoreUnavailable
from gateway.database.transactions import Database
from gateway.endpoints import endpoints
from gateway.lm import HttpLanguageModel
from gateway.openai_api.routes import ERROR_SHAPES, openai_routes
from gateway.page import page_routes
from gateway.readiness import Shared, missing_parts
from gateway.retry import Retries
from gateway.roles import role_routes, roles_of
from gateway.routes import toolset_routes
from gateway.session_locks import SessionLocks
from gateway.sessions.expiry import sweeping
from gateway.sessions.places import Places
from gateway.sessions.routes import session_routes
from gateway.sessions.store import SessionStore
from gateway.settings import Settings, settings_from
from gateway.toolset import HttpToolset
from gateway.transport import Network
from gateway.turns import Turns
from services.chassis import SettingsError, StartRefused, create_app
from services.contract import Missing, discover_tools

SUMMARY = "One grounded turn of dialog, every step shown."


def build(
    settings: Settings | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """The app. `transport` takes the place of the network to the other processes."""
    settings = settings if settings is not None else settings_from(os.environ)
    manifests = discover_tools(settings.tools_dir)
    tools = endpoints(settings, manifests)
    transport = transport if transport is not None else Network()
    toolset = HttpToolset(
        transport,
        tools,
        settings.max_upstream_bytes,
        Retries(settings.tool_retries, settings.retry_base_ms / 1000),
        BreakerLimits(settings.breaker_failures, settings.breaker_open_ms / 1000),
    )
    model = HttpLanguageModel(transport, settings.model_url, settings.max_upstream_bytes)
    database = Database(settings)
    keys = KeyStore(database)
    store = SessionStore(database)
    places = Places(database, settings, SessionLocks())
    roles = roles_of(settings)

    async def readiness() -> Sequence[Missing]:
        return await missing_parts(
            transport, settings.model_url, tools, store, settings.ready_timeout_ms / 1000
        )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            try:
                await running.enter_async_context(database)
                await check_start(settings, keys)
            except (StoreUnavailable, SettingsError) as error:
                raise StartRefused(str(error)) from error
            await running.enter_async_context(sweeping(database, settings))
            try:
                yield
            finally:
                await transport.aclose()
                await places.close()

    app = create_app(
        "gateway",
        settings,
        summary=SUMMARY,
        readiness=Shared(readiness),
        lifespan=lifespan,
        guard=guard(settings, keys),
        error_shapes=ERROR_SHAPES,
    )
    add_cors(app, settings)
    turns = Turns(settings, model, toolset, places, roles)
    app.include_router(chat_routes(turns))
    app.include_router(openai_routes(turns))
    app.include_router(toolset_routes(settings, toolset, manifests))
    app.include_router(session_routes(store, places))
    app.include_router(role_routes(roles))
    app.include_router(page_routes())
    return app
