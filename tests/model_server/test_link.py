"""The lines between the server's two processes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import get_args

import pytest

from model_server.engine.requests import (
    Began,
    Failed,
    Finished,
    Generate,
    SamplingParameters,
    Score,
    Scored,
    Tokens,
)
from model_server.link import (
    Cancel,
    LinkError,
    Message,
    Ready,
    Setup,
    Stats,
    Unloadable,
    read,
    write,
)

MESSAGES: list[Message] = [
    Setup(
        weights=Path("a b/ü.gguf"),
        merged=None,
        adapters={"x": Path("x.safetensors")},
        own_adapter="x",
        device="auto",
        dtype="int8",
        threads=0,
        max_context=None,
        kv_cache_tokens=512,
        max_running=16,
        prefill_tokens=256,
        max_drafts=7,
    ),
    Generate(id=1, prompt=(1, 2), max_new=3, stop=(2,)),
    Generate(
        id=2**53,
        prompt=(1,),
        max_new=3,
        stop=(),
        n=16,
        sampling=SamplingParameters(temperature=0.7, top_p=0.1, top_k=5, seed=2**63 - 1),
        begin=((1, 2), (3,)),
        references=((), (4, 5)),
        adapter="x",
    ),
    Score(id=3, prompt=(1,), branches=((1,), (2, 3)), options=(4, 5), adapter=None),
    Cancel(4),
    Cancel(4, 1),
    Ready(device="cpu", dtype="int8", threads=2, max_context=8192, adapters=("x", "y")),
    Unloadable("two\nlines of it, “quoted”"),
    Stats({"steps": 3, "share": 0.5}),
    Began(id=5, index=1, choice=0),
    Tokens(id=5, index=1, ids=(7, 8, 9)),
    Finished(id=5, index=1, reason="length", log_likelihood=-12.25, reused=3),
    Scored(id=6, log_likelihoods=(-1.5, -math.inf), options=((-0.1, -2.0), (-3.0, -4.0)), reused=0),
    Failed(id=7, kind="context", message="context: too long"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_a_message_is_the_same_at_the_other_end(message: Message) -> None:
    line = write([message])
    assert line.count(b"\n") == 1
    assert read(line) == message


def test_every_type_of_message_is_among_those_tried() -> None:
    def members(kind: object) -> set[object]:
        inside = get_args(kind)
        return set().union(*map(members, inside)) if inside else {kind}

    assert members(Message) == {type(message) for message in MESSAGES}


def test_several_messages_are_one_write_and_a_line_each() -> None:
    lines = write(MESSAGES).splitlines(keepends=True)
    assert [read(line) for line in lines] == MESSAGES


@pytest.mark.parametrize(
    "line",
    [
        b"Secret {}\n",
        b"\n",
        b"Tokens\n",
        b"Tokens {\n",
        b'Tokens {"id": 1, "index": 0}\n',
        b'Tokens {"id": 1, "index": 0, "ids": ["secret"]}\n',
        b'Failed {"id": 1, "kind": "secret", "message": ""}\n',
    ],
)
def test_what_is_no_message_is_refused_without_being_quoted(line: bytes) -> None:
    with pytest.raises(LinkError) as caught:
        read(line)
    assert "ecret" not in str(caught.value)
