"""The parsers as a process of their own: `python -m services.retrieval.parse`.

Files are named on standard input, one a line, each read after the one before:

    {"path": "/home/a/wiki.xml.bz2", "url": null, "after": 0}

With --formats it says which endings of names are read: {"endings": [".csv", …]}. With --upload it
is one upload: the first line says what it is, its bytes follow.

    {"name": "a.pdf", "media_type": "application/pdf", "url": null, "limits": {…}}

Out come lines of JSON, for each file any number of these, then the last:

    {"at": 3, "read": 4096}                          record 3 is begun, so many bytes are read
    {"at": 3, "read": 4096, "document": {"id", "title", "url", "sections": [{"heading", "text"}]}}
    {"at": 4, "read": 4100, "problem": "line 4: is not JSON"}
    {"end": null}                                    or why the rest cannot be read

It ends when its input does. Nothing else is ever written to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from services.retrieval.documents.model import Document
from services.retrieval.parse.files import parse_bytes, parse_file
from services.retrieval.parse.formats import ENDINGS
from services.retrieval.parse.record import Limits, ParseError, Record

_FLUSH_RECORDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m services.retrieval.parse")
    parser.add_argument("--upload", action="store_true", help="one upload instead of files' names")
    parser.add_argument("--formats", action="store_true", help="list the endings that are read")
    parser.add_argument("--memory-bytes", type=int, help="memory it may have, where that is bound")
    parser.add_argument("--cpu-s", type=int, help="processor time it may have")
    options = parser.parse_args()
    # Ctrl-C in a terminal reaches the whole group; who started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(options.memory_bytes, options.cpu_s)
    out = _own_stdout()
    if options.formats:
        _write(out, {"endings": ENDINGS})
        out.flush()
    elif options.upload:
        asked = json.loads(sys.stdin.buffer.readline())
        _answer(out, _upload(sys.stdin.buffer, asked))
    else:
        for line in sys.stdin.buffer:
            asked = json.loads(line)
            path, url = Path(asked["path"]), asked.get("url")
            _answer(out, parse_file(path, url=url, after=asked.get("after", 0)))


def _upload(data: BinaryIO, asked: Any) -> Iterable[Record]:
    limits = Limits(**asked["limits"])
    documents = parse_bytes(
        data.read(), asked["media_type"], asked["name"], url=asked.get("url"), limits=limits
    )
    for number, document in enumerate(documents, 1):
        yield Record(number, document)


def _answer(out: BinaryIO, records: Iterable[Record]) -> None:
    error: str | None = None
    try:
        for count, record in enumerate(records):
            _write(out, _line(record))
            # What follows may take long or be the end of this process: who waits knows so far.
            if record.document is None or count % _FLUSH_RECORDS == 0:
                out.flush()
    except ParseError as problem:
        error = str(problem)
    except MemoryError:
        error = "needs more memory than parsing may have"
    except BrokenPipeError:
        sys.exit(1)
    except Exception as bug:  # a parser met what it does not know; the next file may be fine
        traceback.print_exc()
        error = f"cannot be read ({type(bug).__name__})"
    _write(out, {"end": error})
    out.flush()


def _line(record: Record) -> dict[str, Any]:
    line: dict[str, Any] = {"at": record.number, "read": record.read}
    if record.document is not None:
        line["document"] = _as_json(record.document)
    if record.problem is not None:
        line["problem"] = record.problem
    return line


def _as_json(document: Document) -> dict[str, Any]:
    sections = [{"heading": part.heading, "text": part.text} for part in document.sections]
    return {
        "id": document.id,
        "title": document.title,
        "url": document.url,
        "sections": sections,
    }


def _write(out: BinaryIO, line: dict[str, Any]) -> None:
    out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _own_stdout() -> BinaryIO:
    """Standard output for us alone: what a library prints goes to standard error."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


def _limit(memory_bytes: int | None, cpu_s: int | None) -> None:
    """Does nothing where the system has no such limit, as macOS has none on memory."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    for kind, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s)):
        if value is not None:
            try:
                resource.setrlimit(kind, (value, value))
            except (ValueError, OSError):
                continue


if __name__ == "__main__":
    main()
