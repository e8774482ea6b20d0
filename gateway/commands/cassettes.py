"""`groundling record` and `groundling replay`: cassettes made and played.

Covers: the options, and what is printed. Exit status: 0 done, 1 it failed, 2 wrong usage. Does not
cover: how turns are shown (the caller's `show`) or the work itself (gateway.cassettes, loaded only
when a command runs).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from gateway.schemas import ChatResponse

Show: TypeAlias = "Callable[[str, ChatResponse], None]"
"""Prints a turn: its message and its answer with every step."""


def add_record_options(parser: argparse.ArgumentParser, show: Show) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="what to write")
    parser.add_argument(
        "messages", metavar="MESSAGE", nargs="*", type=_text, help="what to say, turn by turn"
    )
    parser.add_argument("--role", type=_text, metavar="NAME", help="begin the dialog in this role")
    parser.add_argument(
        "--plain", action="store_true", help="ask for whole answers (default: streamed ones)"
    )
    parser.add_argument(
        "--again",
        metavar="FILE",
        type=Path,
        nargs="+",
        help="record these cassettes anew: the same messages, role and mode as they have",
    )

    def run(options: argparse.Namespace) -> int:
        one = bool(options.file and options.messages)
        if one == bool(options.again) or (options.again and (options.role or options.plain)):
            parser.error("give FILE and at least one MESSAGE, or --again and FILEs alone")
        if options.file and options.file.exists():
            parser.error(f"{options.file} exists; name another file, or record it --again")
        if options.file and not options.file.parent.is_dir():  # known before minutes of turns
            parser.error(f"{options.file.parent} is no folder")
        return run_record(options, show)

    parser.set_defaults(run=run)


def add_replay_options(parser: argparse.ArgumentParser, show: Show) -> None:
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="cassettes")
    parser.set_defaults(run=lambda options: run_replay(options.files, show))


def run_record(options: argparse.Namespace, show: Show) -> int:
    from gateway.cassettes.cassette import read_cassette  # noqa: PLC0415
    from gateway.cassettes.dialogs import record  # noqa: PLC0415
    from gateway.cassettes.rehearsal import Script, script_of  # noqa: PLC0415

    async def work(folder: Path) -> int:
        if options.again:
            scripts = [(file, script_of(read_cassette(file))) for file in options.again]
        else:
            said = Script(options.messages, options.role, not options.plain)
            scripts = [(options.file, said)]
        for number, (file, script) in enumerate(scripts):
            count = await record(file, script, os.environ, folder / str(number), show)
            print(f"recorded {len(script.messages)} turns, {count} exchanges: {file}")
        return 0

    return _run(work)


def run_replay(files: Sequence[Path], show: Show) -> int:
    from gateway.cassettes.cassette import CassetteError, read_cassette  # noqa: PLC0415
    from gateway.cassettes.dialogs import replay  # noqa: PLC0415

    async def work(folder: Path) -> int:
        failed = False
        for number, file in enumerate(files):
            cassette = read_cassette(file)
            try:
                problems = await replay(cassette, os.environ, folder / str(number), show)
            except CassetteError as error:
                raise CassetteError(f"{file}: {error}") from error
            for problem in problems:
                print(f"{file}: {problem}", file=sys.stderr)
            if not problems:
                turns, exchanges = len(cassette.turns), len(cassette.exchanges)
                print(f"the same: {turns} turns, {exchanges} exchanges: {file}")
            failed = failed or bool(problems)
        return 1 if failed else 0

    return _run(work)


def _run(work: Callable[[Path], Coroutine[Any, Any, int]]) -> int:
    from gateway.cassettes.cassette import CassetteError  # noqa: PLC0415
    from gateway.cassettes.rehearsal import TurnFailed  # noqa: PLC0415
    from services.chassis import SettingsError  # noqa: PLC0415

    try:
        with _folder() as folder:
            return asyncio.run(work(folder))
    except (CassetteError, SettingsError, TurnFailed) as error:
        print(f"error: {error}", file=sys.stderr)
    return 1


def _text(given: str) -> str:
    try:
        given.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("is not valid UTF-8") from None
    return given


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="groundling-") as folder:
        yield Path(folder)
