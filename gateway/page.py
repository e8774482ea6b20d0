"""The chat page: the files of gateway/ui, served under their paths in it, index.html at `/`.

Covers: exactly the files that are there when the app is built, with headers that let the page load
nothing from elsewhere. Does not cover: what the page does. Each file has a route of its own, so
that unknown paths and wrong methods elsewhere keep their 404 and 405.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

UI_FOLDER = Path(__file__).parent / "ui"
INDEX = "index.html"
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",  # ask again each time; an unchanged file answers 304
}


def page_routes(folder: Path = UI_FOLDER) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            route = "/" if name == INDEX else f"/{name}"
            router.add_api_route(route, _sender(files, name), methods=["GET", "HEAD"])
    return router


def _sender(files: StaticFiles, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        response = await files.get_response(name, request.scope)
        response.headers.update(SECURITY_HEADERS)
        return response

    return send
