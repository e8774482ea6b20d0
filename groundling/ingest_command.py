"""The commands `groundling ingest` and `groundling collections`: their options and what they say.

Exit status: 0 everything is ingested, 1 some file is not or the service is not there, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from rich.console import Console

from deploy.data_dir import data_dir_from
from groundling.ingest import Ingest, Report
from groundling.ingest_client import DEFAULT_URL, DocumentsClient, DocumentsError
from groundling.ingest_files import Choice, Walk, walk
from groundling.ingest_journal import Journal
from groundling.ingest_parser import Parser, ParserGone
from groundling.ingest_progress import Bar, Lines, Progress
from groundling.terminal import one_line

URL_VARIABLE = "GROUNDLING_DOCUMENTS_URL"
KEY_VARIABLE = "GROUNDLING_RETRIEVAL_API_KEY"
_COLLECTION = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_KINDS_SHOWN = 8


def add_ingest_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="a file or a folder")
    parser.add_argument(
        "--collection",
        type=collection,
        default="default",
        metavar="NAME",
        help="where the documents go; it is made when it is not there (default: default)",
    )
    add_service_options(parser)
    parser.add_argument(
        "--base-url",
        type=web_address,
        metavar="URL",
        help="where readers find the files: a file's way below PATH is put after it",
    )
    parser.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="GLOB",
        help="of folders, only files whose name or way below PATH fits (may be repeated)",
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="of folders, no files and folders whose name or way below PATH fits (may be repeated)",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="read every file, also those that were ingested and have not changed since",
    )


def add_service_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=web_address,
        default=os.environ.get(URL_VARIABLE, DEFAULT_URL),
        help=f"the retrieval service's address (default: ${URL_VARIABLE}, else {DEFAULT_URL})",
    )
    parser.add_argument(
        "--api-key",
        default=os.environ.get(KEY_VARIABLE),
        metavar="KEY",
        help=f"its key, if it asks for one (default: ${KEY_VARIABLE}, which other users of this "
        "machine cannot see)",
    )


def collection(text: str) -> str:
    if not _COLLECTION.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r}: a name has up to 64 of a-z, 0-9, _ and -, and begins with a letter or digit"
        )
    if text == "facts":
        raise argparse.ArgumentTypeError("facts is the built-in collection, which cannot change")
    return text


def web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\S*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address, e.g. https://example.org")
    return text


def run_ingest(options: argparse.Namespace) -> int:
    console = Console(stderr=True)
    progress: Progress = Bar(console) if console.is_terminal else Lines(sys.stderr)
    folder = data_dir_from(os.environ)
    # The key's value never shows: an error names the option.
    client = DocumentsClient(options.url, options.api_key, note=progress.note)
    with client, Parser() as parser, Journal(folder, client.url, options.collection) as journal:
        if options.again:
            journal.forget()
        try:
            client.collections()
            choice = Choice(parser.endings(), options.include, options.exclude, options.base_url)
        except (DocumentsError, ParserGone) as error:
            return _error(error)
        found = walk(options.paths, choice)
        ingest = Ingest(client, parser, journal, options.collection, progress)
        ingest.report.failures += found.failures
        status = 0
        try:
            with progress:
                ingest.run(found.files)
        except KeyboardInterrupt:
            print(f"stopped; {_go_on(ingest, found)}", file=sys.stderr)
            status = 130
        except (DocumentsError, ParserGone) as error:
            status = _error(error)
            print(_go_on(ingest, found), file=sys.stderr)
        if journal.problem is not None:
            print(f"warning: {one_line(journal.problem)}", file=sys.stderr)
        _tell(ingest.report, found, options.collection)
        return status or int(bool(ingest.report.failures))


def run_collections(options: argparse.Namespace) -> int:
    with DocumentsClient(options.url, options.api_key) as client:
        try:
            if options.delete is not None:
                if client.delete_collection(options.delete):
                    print(f"{options.delete} is deleted")
                    return 0
                print(f"error: there is no collection {options.delete}", file=sys.stderr)
                return 1
            for one in client.collections():
                print(f"{one.name}: {one.documents:,} documents, {one.passages:,} passages")
        except DocumentsError as error:
            return _error(error)
    return 0


def _error(error: Exception) -> int:
    print(f"error: {one_line(str(error))}", file=sys.stderr)
    return 1


def _go_on(ingest: Ingest, found: Walk) -> str:
    return (
        f"{ingest.report.files:,} of {len(found.files):,} files are done; "
        "the same command goes on from here"
    )


def _tell(report: Report, found: Walk, name: str) -> None:
    counts = ", ".join(
        f"{report.outcomes[outcome]:,} {outcome}"
        for outcome in ("created", "replaced", "unchanged")
    )
    failed = len(report.failures) + report.more_failures
    print(f"documents in {name}: {counts}, {failed:,} failed")
    print(f"files: {report.files:,} read{_skipped(report)}{_left_out(found)}")
    for file, reason in report.failures:
        print(f"failed: {one_line(file)}: {one_line(reason)}", file=sys.stderr)
    if report.more_failures:
        print(f"failed: {report.more_failures:,} more in these files", file=sys.stderr)


def _skipped(report: Report) -> str:
    if not report.skipped:
        return ""
    return f", of these {report.skipped:,} ingested before and not changed (--again reads them)"


def _left_out(found: Walk) -> str:
    parts = []
    if found.hidden:
        parts.append(f"{found.hidden:,} hidden")
    if found.excluded:
        parts.append(f"{found.excluded:,} excluded")
    if found.unsupported:
        kinds = found.unsupported.most_common(_KINDS_SHOWN)
        shown = ", ".join(f"{count:,} {one_line(ending)}" for ending, count in kinds)
        total = sum(found.unsupported.values())
        parts.append(f"{total:,} of kinds that are not read ({shown})")
    return f"; left out: {', '.join(parts)}" if parts else ""
