"""`groundling ingest`: files into the retrieval service, as documents.

Files are parsed here, in a process of their own (ingest_parser.py), and posted in batches, so that
neither a dump nor a folder of any size is ever in memory or in one request. Covers: the order of
things, what failed, and where to go on next time. Does not cover: which files (ingest_files.py),
how far one is (ingest_journal.py), what is shown meanwhile (ingest_progress.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from groundling.ingest_client import DocumentsClient, Refused
from groundling.ingest_files import Found
from groundling.ingest_journal import MAX_PROBLEMS, Entry, Journal
from groundling.ingest_parser import FileError, Parsed, Parser
from groundling.ingest_progress import Progress

MAX_BATCH_DOCUMENTS = 200
MAX_BATCH_BYTES = 4 * 2**20


@dataclass(slots=True)
class Report:
    """What became of the files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Documents: created, replaced, unchanged."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """File and reason: of the file, or of one of its records."""
    more_failures: int = 0
    """Those beyond MAX_PROBLEMS of one file."""
    files: int = 0
    """Dealt with, well or not."""
    skipped: int = 0
    """Of these: ingested before and unchanged since."""

    @property
    def documents(self) -> int:
        return sum(self.outcomes.values())


@dataclass(slots=True, eq=False)
class _File:
    found: Found
    entry: Entry
    read: int = 0
    problems: int = 0
    refused: bool = False


@dataclass(slots=True)
class _Waiting:
    file: _File
    parsed: Parsed
    document: dict[str, Any]


class Ingest:
    """One run. What was acknowledged is in the journal, whatever ends the run."""

    def __init__(
        self,
        client: DocumentsClient,
        parser: Parser,
        journal: Journal,
        collection: str,
        progress: Progress,
    ) -> None:
        self._client = client
        self._parser = parser
        self._journal = journal
        self._collection = collection
        self._progress = progress
        self._batch: list[_Waiting] = []
        self._batch_bytes = 0
        self._ended: list[_File] = []
        self._size = 0
        self.report = Report()

    def run(self, files: Sequence[Found]) -> None:
        """DocumentsError: the service takes nothing more; the report says how far it is."""
        self._progress.total(len(files), sum(found.size for found in files))
        for found in files:
            self._ingest(found)
        self._flush()

    def _ingest(self, found: Found) -> None:
        file = _File(found, self._known(found))
        if file.entry.done:
            self._skip(file)
            return
        self._repeat(file)
        failed: str | None = None
        try:
            for parsed in self._parser.read(found.path, found.url, file.entry.at):
                self._take(file, parsed)
        except FileError as error:
            failed = str(error)
        if failed is not None:
            self._fail(file, failed)
        else:
            self._ended.append(file)
        self._size += found.size - file.read
        self.report.files += 1
        self._show(file)

    def _known(self, found: Found) -> Entry:
        """Where to go on; from the beginning if the service has lost what it acknowledged."""
        entry = self._journal.find(found)
        if entry is None or not entry.last_id:
            return entry or Entry()
        return entry if self._client.has(self._collection, entry.last_id) else Entry()

    def _skip(self, file: _File) -> None:
        self._repeat(file)
        self.report.skipped += 1
        self.report.files += 1
        self._size += file.found.size
        self._show(file)

    def _repeat(self, file: _File) -> None:
        """What was wrong last time is so still, and would else be forgotten."""
        for _, problem in file.entry.problems:
            self.report.failures.append((file.found.shown, problem))

    def _take(self, file: _File, parsed: Parsed) -> None:
        self._size += max(0, parsed.read - file.read)
        file.read = max(file.read, parsed.read)
        if parsed.problem is not None:
            self._fail(file, parsed.problem)
            file.entry.problems.append((parsed.at, parsed.problem))
        if parsed.document is not None:
            known = any(one.document["id"] == parsed.document["id"] for one in self._batch)
            if (
                known
                or len(self._batch) >= MAX_BATCH_DOCUMENTS
                or self._batch_bytes + parsed.size > MAX_BATCH_BYTES
            ):
                self._flush()
            self._batch.append(_Waiting(file, parsed, parsed.document))
            self._batch_bytes += parsed.size
        self._show(file)

    def _flush(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if batch:
            self._put(batch)
        touched = {id(one.file): one.file for one in batch}
        for file in self._ended:
            file.entry.done = True
            touched[id(file)] = file
        self._ended = []
        self._journal.save(
            # What the service refused is tried again next time, so the file is not done.
            [(file.found, Entry() if file.refused else file.entry) for file in touched.values()]
        )

    def _put(self, batch: Sequence[_Waiting]) -> None:
        """All of them; a document that is refused is found by halves and left out."""
        try:
            self.report.outcomes += self._client.put(
                self._collection, [one.document for one in batch]
            )
        except Refused as refused:
            if len(batch) > 1:
                middle = len(batch) // 2
                self._put(batch[:middle])
                self._put(batch[middle:])
                return
            file = batch[0].file
            file.refused = True
            self._fail(file, f"the service refuses {batch[0].document['title']!r}: {refused}")
            return
        for one in batch:
            one.file.entry.at = one.parsed.at
            one.file.entry.last_id = one.document["id"]

    def _fail(self, file: _File, reason: str) -> None:
        file.problems += 1
        if file.problems > MAX_PROBLEMS:
            self.report.more_failures += 1
            return
        self.report.failures.append((file.found.shown, reason))

    def _show(self, file: _File) -> None:
        self._progress.at(file.found.shown, self.report.files, self._size, self.report.documents)
