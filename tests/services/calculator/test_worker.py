"""The worker's protocol loop, and the real worker process."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from services.calculator.decline import NoValue
from services.calculator.settings import Settings
from services.calculator.worker import serve

REAL = [
    *(sys.executable, "-m", "services.calculator.worker", "--time-limit-s", "20"),
    *("--max-result-bits", "13000"),
]
MEMORY = ["--memory-mb", str(Settings().worker_memory_mb)]


def run(command: list[str], inputs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, input=inputs, text=True, capture_output=True, timeout=60, check=True
    )


def answers(*inputs: str) -> list[object]:
    def calculate(text: str) -> list[str]:
        if text == "decline":
            raise NoValue("no")
        if text == "fault":
            raise ValueError(f"something about {text}")
        if text == "memory":
            raise MemoryError
        return [text.upper()]

    written = io.BytesIO()
    lines = b"".join(json.dumps(text).encode() + b"\n" for text in inputs)
    serve(calculate, io.BytesIO(lines), written)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_it_says_that_it_is_ready_and_answers_in_order() -> None:
    assert answers("a", "b\nc") == [{"ready": True}, {"results": ["A"]}, {"results": ["B\nC"]}]


def test_a_decline_and_a_fault_are_told_apart_and_a_fault_ends_the_loop() -> None:
    assert answers("decline", "a", "fault", "a")[1:] == [
        {"declined": "NoValue"},
        {"results": ["A"]},
        {"failed": "ValueError"},
    ]
    assert answers("memory")[1:] == [{"failed": "MemoryError"}]


def test_after_a_fault_a_fresh_child_answers(command: list[str]) -> None:
    ran = run(command, '"fault"\n')
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        {"ready": True},
        {"failed": "ValueError"},
        {"ready": True},
    ]


def test_the_real_worker_computes_and_ends_with_its_input() -> None:
    inputs = '"135+7721"\n"1/0"\n"\\u00d7"\n'
    ran = run([*REAL, *MEMORY], inputs)
    assert ran.stderr == ""
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        {"ready": True},
        {"results": ["7856"]},
        {"declined": "NoValue"},
        {"declined": "NotACalculation"},
    ]


def test_the_real_worker_answers_at_the_highest_bound_allowed() -> None:
    bits = Settings(max_result_bits=14_000).max_result_bits
    command = [*REAL[:-1], str(bits), *MEMORY]
    inputs = f'"2^{bits - 1}"\n"3/7^{bits // 3} + 1"\n'
    ran = run(command, inputs)
    _ready, power, fraction = (json.loads(line) for line in ran.stdout.splitlines())
    assert power == {"results": [str(2 ** (bits - 1))]}
    assert fraction == {"results": ["1"]}


@pytest.mark.skipif(sys.platform != "linux", reason="the address space can be limited on Linux")
def test_memory_over_the_limit_is_refused_by_the_system() -> None:
    code = (
        "from services.calculator.worker import limit_memory\n"
        "limit_memory(256)\n"
        "try:\n    bytearray(2**29)\n"
        "except MemoryError:\n    print('refused')\n"
    )
    ran = run([sys.executable, "-c", code], "")
    assert ran.stdout == "refused\n"
