"""The worker process: reads inputs from a pipe, computes, answers. `python -m` runs it.

One JSON value a line each way, one input at a time:

    ->  "135+7721"
    <-  {"results": ["7856"]}        an answer
    <-  {"declined": "NoValue"}      see services.calculator.decline
    <-  {"failed": "MemoryError"}    a fault over this input; {"ready": true} follows
    <-  {"cut": "deadline"}          not computed in time; {"ready": true} follows

It loads SymPy, Pint and the grammar, then forks. The child computes and says {"ready": true} before
its first input; the system kills it when an input takes too long, and the parent, which has all
loaded, forks another within milliseconds. Any other death of the child ends the parent too, and the
service starts anew.

Both end when the input ends, so they do not outlive the service. No text of an input is ever
written elsewhere.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from services.calculator.decline import Declined

Calculate = Callable[[str], list[str]]

# Read and thrown away before the first fork: builds the parser, loads what SymPy loads late.
_WARM_UP = (
    "2^0.5 + 1/3",
    "what is 17% of 240?",
    "10 miles in km",
    "days between 3 March 2024 and 1 May 2024",
    "solve x^2 - 5x + 6 = 0",
    "solve sin(x) = 0",
    "simplify (x^2 - 1)/(x - 1)",
    "derivative of x^3 * sin(x)",
    "integral of x * exp(x)",
    "integrate 1/x from 1 to 2",
)


def serve(
    calculate: Calculate, inputs: BinaryIO, answers: BinaryIO, time_limit_s: float = 0
) -> bool:
    """Answer inputs until they end, then True; False: a fault may have left this process unwell.

    An input that takes longer than the limit (0: none) ends the process by SIGALRM.
    """
    _write(answers, {"ready": True})
    for line in inputs:
        signal.setitimer(signal.ITIMER_REAL, time_limit_s)
        answer = _answer(calculate, json.loads(line))
        signal.setitimer(signal.ITIMER_REAL, 0)  # never in the middle of a line
        _write(answers, answer)
        if "failed" in answer:
            return False
    return True


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


_RENEW = 75  # exit status of a child after a fault
_PR_SET_PDEATHSIG = 1


def serve_in_children(serve_once: Callable[[], bool], answers: BinaryIO) -> None:
    """Have one child after another serve; returns when one says that the inputs have ended.

    SystemExit: a child died of something else than a fault or its time limit.
    """
    while True:
        parent, child = os.getpid(), os.fork()
        if child == 0:
            status = 1
            try:
                _die_with(parent)
                status = 0 if serve_once() else _RENEW
            finally:
                os._exit(status)  # nothing of the parent's may run at this exit
        _, wait_status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(wait_status)
        if code == 0:
            return
        if code == -signal.SIGALRM:
            _write(answers, {"cut": "deadline"})
        elif code != _RENEW:
            raise SystemExit(1)


def _die_with(parent: int) -> None:
    """Linux: this process is killed when its parent ends, however that ends.

    Elsewhere the end of the inputs, or the time limit, ends it (prctl(2), PR_SET_PDEATHSIG).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was too late
            os._exit(1)


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
    parser.add_argument("--time-limit-s", type=float, required=True)
    parser.add_argument("--rates-file", type=Path)
    arguments = parser.parse_args()
    # Ctrl-C in a terminal reaches the whole group; the service ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    calculate = _load(arguments.max_result_bits, arguments.rates_file)
    limit_memory(arguments.memory_mb)
    gc.freeze()  # what is loaded stays shared with the children
    inputs, answers = sys.stdin.buffer, sys.stdout.buffer
    serve_in_children(partial(serve, calculate, inputs, answers, arguments.time_limit_s), answers)


def _load(max_bits: int, rates_file: Path | None) -> Calculate:
    """Everything that an input may need."""
    from services.calculator.calculate import calculate  # noqa: PLC0415 - loads SymPy
    from services.calculator.units import currency  # noqa: PLC0415
    from services.calculator.units.rates import read_rates  # noqa: PLC0415

    currency.use(read_rates(rates_file) if rates_file else None)
    bounded = partial(calculate, max_bits=max_bits)
    for text in _WARM_UP:
        with contextlib.suppress(Exception):  # whatever is wrong with one does not stop the rest
            bounded(text)
    return bounded


if __name__ == "__main__":
    main()
