"""Runs an embedded backend where the disk does not do what it should; a program, not a test.

    python faulty.py full FOLDER        files cannot grow beyond what the folder has now
    python faulty.py read-only FOLDER   the folder cannot be written by this process

Prints what came of it as a line of JSON. As root it gives up its rights first, since root may write
anywhere; the folder is then made readable for all.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

NOBODY = 65534
FILE_LIMIT_BYTES = 400_000


def document(number: int) -> Document:
    text = f"Walnuts of the year {number}. " + "The harbour has boats and a crane. " * 60
    return Document(str(number), f"Walnuts {number}", None, (Section("", text),))


def told(work: Callable[[], object]) -> str:
    try:
        work()
    except BackendError as error:
        return str(error)
    return ""


def found(backend: EmbeddedBackend) -> list[str]:
    listed = [one.id for one in backend.page("default", "", 1000)]
    for one in listed:
        assert backend.get("default", one) == document(int(one))
        hits = backend.search(f"walnuts of the year {one}", None, 1)
        assert [hit.document_id for hit in hits] == [one], one
    return sorted(listed, key=int)


def full(backend: EmbeddedBackend) -> dict[str, object]:
    backend.open()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with EFBIG
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, hard))
    stored: list[str] = []
    message = ""
    for start in range(0, 10_000, 5):
        batch = [document(number) for number in range(start, start + 5)]
        message = told(lambda batch=batch: backend.put("default", batch))  # type: ignore[misc]
        if message:
            break
        stored += [one.id for one in batch]
    again = told(lambda: backend.delete("default", ["0"]))
    kept = found(backend)
    sealing = ""
    assert backend._indexes is not None
    try:
        backend._indexes.seal()
    except OSError as error:
        sealing = str(error)
    kept_after = found(backend)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    after = told(lambda: backend.put("default", [document(20_000)]))
    return {
        "message": message,
        "again": again,
        "nothing_lost": kept == stored == kept_after,
        "stored": len(stored),
        "sealing": sealing,
        "after": after,
        "found_after": found(backend)
        == sorted({*kept, "20000"} - ({"0"} if not again else set()), key=int),
    }


def read_only(backend: EmbeddedBackend) -> dict[str, object]:
    backend.open()
    return {
        "message": told(lambda: backend.put("default", [document(99)])),
        "delete": told(lambda: backend.delete("default", ["0"])),
        "found": found(backend),
        "missing": [one.part for one in backend.missing()],
    }


def give_up_rights() -> None:
    if os.getuid() != 0:
        return
    with tempfile.TemporaryDirectory() as elsewhere:  # later it may be unable to read its own code
        backend = EmbeddedBackend(Path(elsewhere), Settings(data_dir=Path(elsewhere)))
        backend.open()
        backend.put("default", [document(0)])
        found(backend)
        backend.close()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def main(fault: str, folder: Path) -> None:
    backend = EmbeddedBackend(folder, Settings(data_dir=folder))
    if fault == "full":
        result = full(backend)
    else:
        give_up_rights()
        try:
            result = read_only(backend)
        except BackendError as error:
            result = {"open": str(error), "missing": [one.part for one in backend.missing()]}
    backend.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
