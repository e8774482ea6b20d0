from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from services.contract import (
    HTTP_STATUS,
    BaseRequest,
    Body,
    ErrorBody,
    ErrorCode,
    Example,
    Missing,
    QueryRequest,
    QueryResponse,
    Sampling,
    Snippet,
    Source,
    ToolManifest,
    query_response,
)

MANIFEST: dict[str, Any] = {
    "name": "wiki2",
    "summary": "Looks up.",
    "port": 8105,
    "order": 5,
    "app": "services.wiki2.app:build",
    "timeout_s": 1.0,
    "examples": [{"input": "x", "results": []}],
}


def test_every_error_code_has_a_status_which_two_share_that_ask_to_wait() -> None:
    assert set(HTTP_STATUS) == set(ErrorCode)
    shared = {ErrorCode.RATE_LIMITED, ErrorCode.OVERLOADED}
    others = [status for code, status in HTTP_STATUS.items() if code not in shared]
    assert len({*others, 429}) == len(others) + 1
    assert {HTTP_STATUS[code] for code in shared} == {429}
    assert all(400 <= status < 600 for status in HTTP_STATUS.values())


@pytest.mark.parametrize("code", [0x00, 0x1B, 0x7F, 0x85, 0xD800, 0xDFFF])
def test_control_characters_and_lone_surrogates_are_named_with_their_place(code: int) -> None:
    with pytest.raises(ValidationError, match=rf"U\+{code:04X} at position 2"):
        QueryRequest(input=f"ab{chr(code)}")


@pytest.mark.parametrize("text", ["a\tb\r\nc", "naïve 日本語 🙂", "a\u00a0b", "\U0010ffff"])
def test_text_of_any_script_is_taken_as_it_is(text: str) -> None:
    assert QueryRequest(input=text).input == text


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u3000"])
def test_a_line_needs_something_to_see(blank: str) -> None:
    with pytest.raises(ValidationError, match="is empty"):
        QueryRequest(input=blank)


def test_sources_that_do_not_match_the_results_are_refused() -> None:
    with pytest.raises(ValidationError, match="sources has 0 entries, results 1"):
        QueryResponse(results=["x"], status="ok", sources=[])


def test_snippets_go_on_the_wire_with_their_sources_beside_them() -> None:
    source = Source(title="Page", url="http://a/")
    answer = query_response([Snippet("one", source), Snippet("two")], "ok")
    assert answer == QueryResponse(results=["one", "two"], status="ok", sources=[source, None])


@pytest.mark.parametrize(
    "body",
    [
        ErrorBody.model_validate(
            {"error": {"code": "deadline", "message": "cut", "request_id": "r"}}
        ),
        query_response([Snippet("one", Source(title="T", score=0.5))], "ok"),
        BaseRequest.model_validate({"context": [{"role": "user", "content": "hi"}]}),
        Missing(part="index", how="make setup", required=True),
    ],
)
def test_a_body_survives_the_wire(body: Body) -> None:
    assert type(body).model_validate_json(body.model_dump_json()) == body


def test_a_body_takes_no_unknown_field_and_converts_no_type() -> None:
    for wrong in ({"input": "x", "colour": 1}, {"input": "x", "limit": "5"}, {"input": 5}):
        with pytest.raises(ValidationError):
            QueryRequest.model_validate(wrong)


@pytest.mark.parametrize("number", [math.nan, math.inf, -1.0])
def test_sampling_takes_no_temperature_that_is_not_a_number_in_range(number: float) -> None:
    with pytest.raises(ValidationError):
        Sampling(temperature=number)


def test_an_example_expects_either_results_or_a_match() -> None:
    for expectation in ({}, {"results": ["x"], "matches": "x"}):
        with pytest.raises(ValidationError, match="exactly one"):
            Example.model_validate({"input": "x", **expectation})


def test_a_manifest_may_name_a_folder_with_a_digit() -> None:
    assert ToolManifest.model_validate(MANIFEST).app == "services.wiki2.app:build"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", "Wiki"),
        ("port", 0),
        ("port", 70_000),
        ("app", "services.wiki2.app"),
        ("timeout_s", 0),
        ("examples", []),
    ],
)
def test_a_manifests_wrong_field_is_named(field: str, wrong: object) -> None:
    with pytest.raises(ValidationError, match=field):
        ToolManifest.model_validate(MANIFEST | {field: wrong})
