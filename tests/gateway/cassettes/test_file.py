"""The cassette's file: what it holds, what it leaves out, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cassettes.cassette import CassetteError, read_cassette, write_cassette

pytestmark = pytest.mark.anyio


@pytest.fixture
async def written(world: Any, recorded: Any, file: Path) -> str:
    world.model.extend(["It is 30.", "TS, 6*7", "User, It is 42."])
    world.answers("calculator", "42")
    await recorded("What is 6*7?")
    return text_of(file)


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def put(file: Path, body: dict[str, Any]) -> Path:
    file.write_text(json.dumps(body), encoding="utf-8")
    return file


async def test_it_names_services_and_neither_addresses_nor_times_nor_ids(written: str) -> None:
    body = json.loads(written)
    asked = [f"{one['service']} {one['path']}" for one in body["exchanges"]]
    assert asked == [
        "model_server /v1/base",
        "model_server /v1/research",
        "calculator /v1/query",
        "translator /v1/query",
        "retrieval /v1/query",
        "model_server /v1/research",
    ]
    for left_out in ("http", ".test", "elapsed_ms", "timings", '"id"', "session_id", "traceparent"):
        assert left_out not in written


async def test_written_again_it_is_the_same_file(written: str, file: Path) -> None:
    write_cassette(file, read_cassette(file))
    assert text_of(file) == written


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "a cassette of version 2; this groundling reads 1"),
        ({"format": "tape"}, "no cassette"),
        ({"turns": []}, "turns: List should have at least 1 item"),
        ({"speed": 1}, "speed: Extra inputs are not permitted"),
        ({"tools": []}, "exchanges.2.service: 'calculator' is no service"),
        ({"settings": {"max_body_bytes": 1}}, r"settings.max_body_bytes.*should be 'max_rounds'"),
    ],
)
async def test_another_file_is_refused_with_what_is_wrong_in_it(
    written: str, file: Path, change: dict[str, Any], said: str
) -> None:
    changed = put(file, json.loads(written) | change)
    with pytest.raises(CassetteError, match=said) as told:
        read_cassette(changed)
    assert str(file) in str(told.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"method": "DELETE"}, "method: Input should be 'POST'"),
        ({"status": 99999}, "status: Input should be less than or equal to 599"),
        ({"content_type": "text/plain\r\nx: y"}, "content_type: String should match"),
        ({"retry_after": "s\u00f3on"}, "retry_after: String should match"),
    ],
)
async def test_an_exchange_that_no_service_can_have_had_is_refused(
    written: str, file: Path, change: dict[str, Any], said: str
) -> None:
    body = json.loads(written)
    body["exchanges"][0] |= change
    with pytest.raises(CassetteError, match=f"exchanges.0.{said}"):
        read_cassette(put(file, body))


NESTED = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "\x00", NESTED, '{"message": "\\ud800"}', '{"status": NaN}']
)
def test_what_is_no_cassette_is_refused(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CassetteError, match=r"not JSON|no cassette"):
        read_cassette(file)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(CassetteError, match=r"dialog\.json: No such file"):
        read_cassette(file)
