"""What bench/calculator.py compares: our calculator, mathjs and qalc, one text at a time.

What the time of an answer covers:

    groundling   calculate() in this process, text to results
    mathjs       math.evaluate and math.format in a node process, by node's clock
    qalc         from writing a line to `qalc -t` until its first line of output; its command line
                 waits in steps of 10 ms, so these times say little about its arithmetic

Does not cover: whether an answer is right (bench/calculator_compare.py).
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from services.calculator.calculate import calculate
from services.calculator.decline import Declined
from services.calculator.settings import Settings

ANSWER_LIMIT_S = 10
INSTALL_LIMIT_S = 300
QALC = (
    *("qalc", "-t", "-c=0", "-m", "2000"),
    *("-s", "precision 15", "-s", "mixed units off", "-s", "currency conversion off"),
)
_SENTINEL, _SENTINEL_RESULT = "987654321 * 1", "987654321"
"""Asked after each text: its result says that all of the text's output has been read."""


@dataclass(frozen=True, slots=True)
class Answer:
    results: tuple[str, ...]
    """Empty: declined."""
    seconds: float


class Engine(Protocol):
    @property
    def name(self) -> str: ...

    def answer(self, text: str) -> Answer: ...


class Groundling:
    name = "groundling"

    def __init__(self) -> None:
        self._max_bits = Settings().max_result_bits

    def answer(self, text: str) -> Answer:
        begun = time.perf_counter()
        try:
            results = calculate(text, self._max_bits)
        except Declined:
            results = []
        return Answer(tuple(results), time.perf_counter() - begun)


class Lines:
    """A process that reads lines and writes lines. EOFError: it ended. TimeoutError: it hangs."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._unread = b""

    def write(self, line: str) -> None:
        os.write(self._input, line.encode() + b"\n")

    def read(self) -> str:
        while b"\n" not in self._unread:
            if not select.select([self._output], [], [], ANSWER_LIMIT_S)[0]:
                raise TimeoutError
            some = os.read(self._output, 65_536)
            if not some:
                raise EOFError
            self._unread += some
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class MathJs:
    def __init__(self, folder: Path) -> None:
        """`folder` holds node_modules/mathjs."""
        script = Path(__file__).with_name("calculator_mathjs.cjs")
        self._lines = Lines(["node", str(script), str(folder)])
        self.name = f"mathjs {json.loads(self._lines.read())['version']}"
        self.close = self._lines.close

    def answer(self, text: str) -> Answer:
        self._lines.write(json.dumps(text))
        said: dict[str, Any] = json.loads(self._lines.read())
        return Answer(() if said["result"] is None else (said["result"],), said["seconds"])


class Qalc:
    def __init__(self) -> None:
        said = subprocess.run(["qalc", "--version"], capture_output=True, text=True, check=True)
        self.name = f"qalc {said.stdout.strip()}"
        self._lines = Lines(QALC)
        self._ask("0")  # it has loaded its definitions when this is answered

    def answer(self, text: str) -> Answer:
        try:
            return self._ask(text)
        except (EOFError, TimeoutError):  # a command of its own ("exit"), or one that never ends
            self.close()
            self._lines = Lines(QALC)
            self._ask("0")
            return Answer((), ANSWER_LIMIT_S)

    def _ask(self, text: str) -> Answer:
        begun = time.perf_counter()
        self._lines.write(text)
        self._lines.write(_SENTINEL)
        said: list[str] = []
        seconds = 0.0
        while not said or said[-1] != _SENTINEL_RESULT:
            line = self._lines.read().strip()
            if line and not line.startswith(">"):  # ">": what was asked, once more
                seconds = seconds or time.perf_counter() - begun
                said.append(line)
        refused = any(line.startswith(("error", "warning")) for line in said)
        results = () if refused or len(said) == 1 else (" ".join(said[:-1]),)
        return Answer(results, seconds)

    def close(self) -> None:
        self._lines.close()


def install_mathjs(folder: Path) -> None:
    """mathjs from npm into folder/node_modules."""
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "mathjs"],
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=INSTALL_LIMIT_S,
    )


@contextmanager
def engines(mathjs: Path | None) -> Iterator[list[Engine]]:
    """Ours, and those of the others that are there. mathjs: the folder it is installed in."""
    with ExitStack() as stack:
        found: list[Engine] = [Groundling()]
        if mathjs is not None:
            found.append(stack.enter_context(closing(MathJs(mathjs))))
        if shutil.which("qalc"):
            found.append(stack.enter_context(closing(Qalc())))
        yield found
