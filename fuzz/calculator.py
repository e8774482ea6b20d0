"""Coverage-guided fuzzing of the calculator with atheris, in process.

  python -m fuzz.calculator -max_total_time=600
  python -m fuzz.calculator --keep FOLDER -max_total_time=600

All options but --keep are libFuzzer's (-help=1 lists them); a folder given is the corpus, otherwise
one is made from fuzz/seeds.py for this run. Without --keep the first finding ends the run, with its
text in a file crash-*. Half of the mutations are libFuzzer's, on bytes; half move whole words, so
that texts stay near what the grammar reads. Instrumented code is slower, so the time limit is
looser than fuzz/calculator_hypothesis.py's. Needs: pip install -e ".[calculator,fuzz]" (Linux).
"""

from __future__ import annotations

import ctypes
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["services.calculator", "lark"]):
    from fuzz.invariants import MAX_CHARS, load
from fuzz.keeping import Keeper
from fuzz.seeds import mutated, seeds, tokens

LIMIT_S = 4.0


def main() -> None:
    arguments = sys.argv[1:]
    folder = None
    if "--keep" in arguments:
        at = arguments.index("--keep")
        folder = Path(arguments[at + 1])
        del arguments[at : at + 2]
    keeper = Keeper(folder)

    def one_input(data: bytes) -> None:
        keeper.take(data.decode("utf-8", errors="ignore")[:MAX_CHARS], LIMIT_S)

    made = tempfile.TemporaryDirectory(prefix="groundling-fuzz-")

    def end(_status: int, _argument: object) -> None:
        print(keeper, file=sys.stderr, flush=True)
        made.cleanup()

    # libFuzzer ends the process by C's exit(), so Python's own atexit is not reached.
    at_end = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p)(end)
    ctypes.CDLL(None).on_exit(at_end, None)
    options = [*arguments, *defaults(arguments, Path(made.name))]
    atheris.Setup([sys.argv[0], *options], one_input, custom_mutator=mutate)
    load()
    atheris.Fuzz()


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    rng = random.Random(seed)
    if rng.random() < 0.5:
        return bytes(atheris.Mutate(data, max_size))
    text = mutated(data.decode("utf-8", errors="ignore"), rng)
    return text.encode("utf-8", errors="ignore")[:max_size]


def defaults(arguments: list[str], made: Path) -> list[str]:
    """Options for what is not given: a dictionary, the longest input, a corpus."""
    found = [f"-dict={dictionary(made / 'words.dict')}"]
    if not any(argument.startswith("-max_len") for argument in arguments):
        found.append(f"-max_len={MAX_CHARS}")
    if not any(argument.startswith("-timeout") for argument in arguments):
        # By the clock, on a machine that may have other work: check() cuts by processor time.
        found += ["-timeout=120", "-report_slow_units=120"]
    if not any(argument.startswith("-reload") for argument in arguments):
        found.append("-reload=0")  # nobody else writes into the corpus
    if all(argument.startswith("-") for argument in arguments):
        found.append(str(corpus(made / "corpus")))
    return found


def dictionary(path: Path) -> Path:
    """libFuzzer's format: a quoted word a line; each byte is written in hexadecimal."""
    lines = (
        '"' + "".join(f"\\x{byte:02X}" for byte in token.encode()) + '"\n'
        for token in tokens()
        if token
    )
    path.write_text("".join(lines), encoding="ascii")
    return path


def corpus(folder: Path) -> Path:
    folder.mkdir()
    for number, text in enumerate(seeds()):
        (folder / f"{number:05}").write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
