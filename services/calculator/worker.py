"""The worker process: reads inputs from a pipe, computes, answers. `python -m` runs it.

One JSON value a line each way, one input at a time:

    ->  "135+7721"
    <-  {"results": ["7856"]}        an answer
    <-  {"declined": "NoValue"}      see services.calculator.decline
    <-  {"failed": "MemoryError"}    a fault of this process; the other side replaces it

Before the first input it loads SymPy, limits its memory and says {"ready": true}. It ends when its
input ends, so it does not outlive the service. No text of an input is ever written elsewhere.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from services.calculator.decline import Declined

Calculate = Callable[[str], list[str]]


def serve(calculate: Calculate, inputs: BinaryIO, answers: BinaryIO) -> None:
    """Answer inputs until they end."""
    _write(answers, {"ready": True})
    for line in inputs:
        _write(answers, _answer(calculate, json.loads(line)))


def _answer(calculate: Calculate, text: str) -> dict[str, object]:
    try:
        return {"results": calculate(text)}
    except Declined as declined:
        return {"declined": type(declined).__name__}
    except Exception as error:
        # The name only: a message or a traceback may quote the input.
        return {"failed": type(error).__name__}


def _write(answers: BinaryIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def limit_memory(megabytes: int) -> None:
    """Bound the address space; does nothing where the system has no such limit."""
    try:
        import resource  # noqa: PLC0415 - POSIX only

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
    except (ImportError, ValueError, OSError):
        return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-result-bits", type=int, required=True)
    parser.add_argument("--memory-mb", type=int, required=True)
    arguments = parser.parse_args()
    # Ctrl-C in a terminal reaches the whole group; the service ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    from services.calculator.calculate import calculate  # noqa: PLC0415 - loads SymPy

    bounded = partial(calculate, max_bits=arguments.max_result_bits)
    bounded("2^0.5 + 1/3")  # builds the parser, so that the first input does not wait for it
    limit_memory(arguments.memory_mb)
    serve(bounded, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
