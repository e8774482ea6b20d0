"""An upload parsed in a process of its own: cut at a deadline and at a memory bound.

Whatever a file does to its parser (a loop, a crash, gigabytes) it does to that process, and to
nobody else's file. A process an upload costs a quarter of a second; nothing one upload did to the
process is there for the next. Memory is bound on Linux; macOS has no such limit, so there the
deadline and the limits on sizes must do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse.record import Limits, ParseError

UPLOAD_LIMITS = Limits(stream_bytes=64 * 2**20, records=10_000)
"""An upload is in memory as a whole, and so are its documents."""

COMMAND = (sys.executable, "-P", "-m", "services.retrieval.parse")
"""-P: a user's folder may hold a module by the name of one of ours, or of Python's."""


class ParseTimeout(ParseError):
    """Not parsed by the deadline."""


def parse_in_worker(
    data: bytes,
    media_type: str,
    name: str,
    timeout_s: float,
    max_memory_bytes: int,
    *,
    url: str | None = None,
    limits: Limits = UPLOAD_LIMITS,
) -> list[Document]:
    """As files.parse_bytes. ParseTimeout after `timeout_s`; blocks until then at the longest."""
    asked = {"name": name, "media_type": media_type, "url": url, "limits": asdict(limits)}
    command = [*COMMAND, "--upload", "--memory-bytes", str(max_memory_bytes)]
    # Should this process die, the worker still ends.
    command += ["--cpu-s", str(int(timeout_s) + 2)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        try:
            out, _ = process.communicate(json.dumps(asked).encode() + b"\n" + data, timeout_s)
        except subprocess.TimeoutExpired:
            raise ParseTimeout(f"could not be read within {timeout_s:g} s") from None
        finally:
            process.kill()
    return _documents(out, process.returncode)


def _documents(out: bytes, status: int) -> list[Document]:
    documents: list[Document] = []
    for line in out.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            break  # the process died while it wrote
        if "document" in answer:
            documents.append(document_from(answer["document"]))
        elif "end" in answer:
            if answer["end"] is not None:
                raise ParseError(answer["end"])
            return documents
    raise ParseError(f"cannot be read: its parser ended unexpectedly ({_ending(status)})")


def document_from(fields: dict[str, Any]) -> Document:
    sections = tuple(Section(part["heading"], part["text"]) for part in fields["sections"])
    return Document(fields["id"], fields["title"], fields["url"], sections)


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
