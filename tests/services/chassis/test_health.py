from __future__ import annotations

import re
from typing import Any

import pytest

from services.chassis import ServiceSettings, create_app
from services.chassis.docs import docs_page
from services.contract import Missing, ReadyResponse

OPTIONAL = Missing(part="apertium-eng-spa", how="apt-get install apertium-eng-spa", required=False)
REQUIRED = Missing(part="search index", how="make setup", required=True)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("missing", "status"), [([], 200), ([OPTIONAL], 200), ([OPTIONAL, REQUIRED], 503)]
)
async def test_only_a_required_part_that_is_missing_makes_a_service_not_ready(
    serve: Any, missing: list[Missing], status: int
) -> None:
    async def readiness() -> list[Missing]:
        return missing

    app = create_app("sample", ServiceSettings(), summary="A sample", readiness=readiness)
    async with serve(app) as client:
        ready = await client.get("/readyz")
        health = await client.get("/healthz")
    assert ready.status_code == status
    body = ReadyResponse.model_validate_json(ready.content)
    assert body == ReadyResponse(ready=status == 200, missing=missing)
    assert (health.status_code, health.json()) == (200, {"status": "ok"})


@pytest.mark.anyio
async def test_the_docs_page_shows_every_call_and_body_and_loads_nothing(
    serve: Any, tool_app: Any
) -> None:
    async with serve(tool_app()) as client:
        page = await client.get("/docs")
        schema = (await client.get("/openapi.json")).json()
        other = await client.get("/redoc")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "://" not in page.text, "no outside host"
    assert "<code>POST /v1/query</code>" in page.text
    for name in schema["components"]["schemas"]:
        assert f'id="{name}"' in page.text
    links = re.findall(r'href="#([^"]+)"', page.text)
    assert "QueryRequest" in links
    assert set(links) <= set(schema["components"]["schemas"])
    assert other.status_code == 404


def test_the_docs_page_shows_markup_as_text() -> None:
    info = {"title": "<b>", "summary": "<script>x</script>"}
    call = {"summary": "<i>", "responses": {"200": {"description": "<u>"}}}
    page = docs_page({"info": info, "paths": {"/<p>": {"get": call}}})
    for tag in ("<b>", "<script>", "<i>", "<u>", "/<p>"):
        assert tag not in page


@pytest.mark.anyio
async def test_the_docs_and_the_schema_describe_the_error_body(serve: Any, tool_app: Any) -> None:
    async with serve(tool_app()) as client:
        docs = await client.get("/docs")
        schema = (await client.get("/openapi.json")).json()
    assert docs.status_code == 200
    answers = schema["paths"]["/v1/query"]["post"]["responses"]
    for status in ("4XX", "5XX"):
        reference = answers[status]["content"]["application/json"]["schema"]["$ref"]
        assert reference.endswith("/ErrorBody")
    assert "HTTPValidationError" not in schema["components"]["schemas"]
