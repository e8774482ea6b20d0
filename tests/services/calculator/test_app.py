"""The service over HTTP, with real workers where not said otherwise."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.calculator.app import build, build_with_command
from services.calculator.settings import Settings

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - as a caller would
            await asyncio.sleep(0.02)


async def query(client: httpx.AsyncClient, text: str, **fields: int) -> httpx.Response:
    async with asyncio.timeout(30):
        return await client.post("/v1/query", json={"input": text, **fields})


async def test_an_expression_is_answered_and_all_else_declined(serve: Serve) -> None:
    async with serve(build(Settings(workers=1))) as client:
        await ready(client)
        answered = await query(client, "135+7721")
        assert answered.json() == {"results": ["7856"], "status": "ok", "sources": [None]}
        declines = [
            "How old is Rafael Nadal?",
            "100 USD in EUR",
            "1/0",
            "9**9**9**9",
            "__import__('os').getpid()",
            "7",
        ]
        declines += ["(" * 1_000 + "1+1", "9^" * 900 + "9"]
        for text in declines:
            declined = await query(client, text)
            assert declined.status_code == 200
            assert declined.json() == {"results": [], "status": "unparsed", "sources": []}


async def test_money_is_converted_by_a_rates_file(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    file.write_text('{"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.08}}')
    async with serve(build(Settings(workers=1, rates_file=file))) as client:
        answered = await query(client, "100 EUR in USD")
        assert answered.json()["results"] == ["$108"]
        assert (await query(client, "100 EUR in CHF")).json()["status"] == "unparsed"


async def test_a_long_computation_is_answered_by_a_slow_worker(
    serve: Serve, command: list[str], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    taken = gate.with_suffix(".taken")
    settings = Settings(workers=1, quick_timeout_s=0.1, evaluate_timeout_s=20.0)
    async with serve(build_with_command(settings, command)) as client:
        long = asyncio.create_task(query(client, f"hang {gate}"))
        async with asyncio.timeout(20):
            while not taken.exists():  # noqa: ASYNC110 - a file is all that the worker can show
                await asyncio.sleep(0.005)
        assert (await query(client, "a")).json()["results"] == ["A"]
        gate.touch()
        assert (await long).json()["status"] == "ok"


async def test_skip_pages_past_the_one_result(serve: Serve) -> None:
    async with serve(build(Settings(workers=1))) as client:
        answered = await query(client, "1+1", skip=1)
        assert answered.json() == {"results": [], "status": "ok", "sources": []}


async def test_many_at_once_each_get_their_own_answer(serve: Serve) -> None:
    async with serve(build(Settings())) as client:
        await ready(client)
        answered = await asyncio.gather(*(query(client, f"{n}*{n}") for n in range(50)))
        assert [reply.json()["results"] for reply in answered] == [[str(n * n)] for n in range(50)]


async def test_an_input_over_the_length_limit_is_named(serve: Serve) -> None:
    async with serve(build(Settings(workers=1))) as client:
        refused = await query(client, "1+" * 50_000 + "1")
        assert refused.status_code in {413, 422}
        refused = await query(client, "1+" * 1_000 + "1")
        assert refused.status_code == 422
        assert "2000" in refused.json()["error"]["message"].replace(",", "")


async def test_a_hanging_computation_is_a_deadline_and_the_service_goes_on(
    serve: Serve, command: list[str], tmp_path: Path
) -> None:
    settings = Settings(workers=1, evaluate_timeout_s=0.5)
    async with serve(build_with_command(settings, command)) as client:
        cut = await query(client, f"hang {tmp_path / 'never'}")
        assert cut.status_code == 504
        assert cut.json()["error"]["code"] == "deadline"
        assert (await query(client, "a")).json()["results"] == ["A"]


async def test_the_callers_deadline_is_obeyed(
    serve: Serve, command: list[str], tmp_path: Path
) -> None:
    async with serve(build_with_command(Settings(workers=1), command)) as client:
        await ready(client)
        body = {"input": f"hang {tmp_path / 'never'}"}
        async with asyncio.timeout(30):
            cut = await client.post("/v1/query", json=body, headers={"X-Deadline-Ms": "100"})
        assert cut.status_code == 504
        assert cut.json()["error"]["code"] == "deadline"


async def test_not_ready_says_that_the_worker_cannot_be_started(serve: Serve) -> None:
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    async with serve(build_with_command(Settings(workers=1), command)) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        (missing,) = answer.json()["missing"]
        assert missing["part"] == "calculator worker"
        assert missing["required"] is True
        assert (await client.get("/healthz")).status_code == 200


def test_building_the_app_loads_neither_sympy_nor_lark_and_starts_nothing() -> None:
    code = (
        "import sys\n"
        "from services.calculator.app import build\n"
        "build()\n"
        "print([name for name in ('sympy', 'lark', 'mpmath') if name in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], text=True, capture_output=True, timeout=60, check=True
    )
    assert ran.stdout == "[]\n"
