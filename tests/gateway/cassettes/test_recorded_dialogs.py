"""Dialogs recorded from the real model and tools (tests/cassettes), run through the gateway here.

The claims are about what the gateway makes of what others said: events, citations, ledger. Recorded
anew with another model they must hold as well; docs/cassettes.md tells the command.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.cassettes.cassette import read_cassette
from gateway.cassettes.dialogs import replay, stage
from gateway.cassettes.rehearsal import Performed, perform, script_of
from gateway.schemas import BaseEvent, QueryEvent, ResponseEvent, SnippetsEvent

pytestmark = pytest.mark.anyio

CASSETTES = sorted((Path(__file__).parent.parent.parent / "cassettes").glob("*.json"))
DIALOG = next(path for path in CASSETTES if path.name == "dialog.json")


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
async def test_the_gateway_asks_and_answers_as_it_did(path: Path, tmp_path: Path) -> None:
    shown: list[Any] = []
    own_data = {"GROUNDLING_DATA_DIR": str(tmp_path)}
    cassette = read_cassette(path)
    found = await replay(cassette, own_data, tmp_path / "own", lambda *turn: shown.append(turn))
    assert found == []
    assert len(shown) == len(cassette.turns)


@pytest.fixture
async def turns(tmp_path: Path) -> list[Performed]:
    cassette = read_cassette(DIALOG)
    own_data = {"GROUNDLING_DATA_DIR": str(tmp_path)}
    settings, transport = stage(cassette, own_data, tmp_path / "own")
    return [turn async for turn in perform(settings, transport, script_of(cassette))]


async def test_every_turn_is_looked_up_and_its_answer_is_cited(turns: list[Performed]) -> None:
    for turn in turns:
        answer = turn.answer
        assert answer.rounds
        found = {text for tool in answer.rounds[0].tools for text in tool.results}
        assert answer.citations
        assert {citation.snippet for citation in answer.citations} <= found


async def test_a_draft_that_was_wrong_is_told_to_be_corrected(turns: list[Performed]) -> None:
    assert any(
        entry.verdict == "corrected" and entry.claim in turn.answer.base
        for turn in turns
        for entry in turn.answer.ledger
    )


async def test_the_follow_up_is_asked_about_whom_the_turn_before_was_about(
    turns: list[Performed],
) -> None:
    assert "Curie" not in turns[-1].message
    assert "Marie Curie" in turns[-1].answer.rounds[0].query


async def test_deltas_joined_are_the_draft_and_the_answer(turns: list[Performed]) -> None:
    for turn in turns:
        drafted = [step.delta for step in turn.steps if isinstance(step, BaseEvent)]
        answered = [step.delta for step in turn.steps if isinstance(step, ResponseEvent)]
        assert "".join(drafted) == turn.answer.base
        assert "".join(answered) == turn.answer.response
        assert len(drafted) > 1


async def test_every_round_has_its_query_and_each_tool_once(turns: list[Performed]) -> None:
    for turn in turns:
        queries = [step.query for step in turn.steps if isinstance(step, QueryEvent)]
        assert queries == [one.query for one in turn.answer.rounds]
        tools = [step.tool for step in turn.steps if isinstance(step, SnippetsEvent)]
        assert sorted(tools) == sorted(
            tool.tool for one in turn.answer.rounds for tool in one.tools
        )
