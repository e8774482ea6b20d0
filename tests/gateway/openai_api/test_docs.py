"""docs/openai.md says of every field what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.openai_api.answers import Trace
from gateway.openai_api.schemas import CompletionRequest

PAGE = (Path(__file__).parents[3] / "docs" / "openai.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", [*CompletionRequest.model_fields, *Trace.model_fields])
def test_every_field_of_the_request_and_of_ours_in_the_answer_is_described(field: str) -> None:
    assert f"`{field}`" in PAGE
