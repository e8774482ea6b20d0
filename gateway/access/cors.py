"""Which other sites' pages may call the gateway: those the setting cors_origins names, else none.

Covers: CORS headers on every answer, refusals included, and the browser's question beforehand,
which carries no key. Does not cover: who may come in; another site's page needs a key,
even in a browser on this machine (gateway.access.loopback).
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from gateway.settings import Settings

METHODS = ("GET", "POST", "DELETE")
EXPOSED = ("X-Request-ID", "Retry-After", "Content-Disposition", "WWW-Authenticate", "traceparent")


def add_cors(app: FastAPI, settings: Settings) -> None:
    """Call it after create_app: what is added last stands outermost, before the guard."""
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=METHODS,
            allow_headers=["*"],  # OpenAI's JavaScript client sends a dozen of its own
            expose_headers=EXPOSED,
        )
