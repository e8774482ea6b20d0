"""`GET /docs`: the service's OpenAPI description as one plain HTML page.

Covers: paths, methods, summaries, parameters and the fields of bodies, as text. The page has no
script and loads nothing, so it reads the same offline. Does not cover: trying calls out; the whole
description for other programs is at /openapi.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "x-content-type-options": "nosniff",
}
_STYLE = (
    "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
    "pre{overflow-x:auto;padding:.75rem;background:#8881}"
)


def add_docs(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()), headers=HEADERS)


def docs_page(description: Mapping[str, Any]) -> str:
    """The page for an OpenAPI 3.1 description, as FastAPI writes it."""
    title = escape(description["info"]["title"])
    return "".join(
        [
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>',
            f"<style>{_STYLE}</style><h1>{title}</h1>",
            f"<p>{escape(description['info'].get('summary', ''))}</p>",
            '<p>For programs: <a href="openapi.json">openapi.json</a></p><h2>Calls</h2>',
            *_calls(description["paths"]),
            "<h2>Bodies</h2>",
            *_bodies(description.get("components", {}).get("schemas", {})),
        ]
    )


def _calls(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in paths.items():
        for method, call in methods.items():
            yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
            yield f"<p>{escape(call.get('summary', ''))}</p><ul>"
            for given in call.get("parameters", []):
                yield f"<li>{escape(given['in'])} <code>{escape(given['name'])}</code></li>"
            if "requestBody" in call:
                yield f"<li>takes {_content(call['requestBody'])}</li>"
            for status, answer in call["responses"].items():
                said = escape(answer.get("description", ""))
                yield f"<li>{escape(status)}: {said} {_content(answer)}</li>"
            yield "</ul>"


def _content(body: Mapping[str, Any]) -> str:
    """Its media types, each with a link to its schema where that has a name."""
    shown = []
    for media_type, content in body.get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        link = f' <a href="#{escape(name)}">{escape(name)}</a>' if name else ""
        shown.append(f"<code>{escape(media_type)}</code>{link}")
    return ", ".join(shown)


def _bodies(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3><pre>{escape(text)}</pre>'
