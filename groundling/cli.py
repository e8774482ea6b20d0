"""The `groundling` command. Exit status: 0 done, 1 it failed, 2 wrong usage.

Covers: the command line and the encoding of standard input. Does not cover: what a command does,
which is in a module of its own.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import TypeAlias

from deploy.options import add_options, run_stack
from gateway.commands.cassettes import add_record_options, add_replay_options
from gateway.commands.keys import add_keys_options
from groundling.ask import run_ask
from groundling.chat import run_chat
from groundling.chat_commands import HELP
from groundling.dialog import Dialog
from groundling.facts import add_facts_options
from groundling.gateway_options import add_gateway_options, client_of, is_text, name
from groundling.ingest_command import (
    add_ingest_options,
    add_service_options,
    collection,
    run_collections,
    run_ingest,
    web_address,
)
from groundling.languages import add_languages_options, run_languages
from groundling.setup import run_setup
from groundling.views import show_turn

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="groundling",
        description="Dialog that looks its claims up with real tools and shows every step.",
    )
    parser.add_argument(
        "--version", action="version", version=f"groundling {version('groundling')}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_setup(commands)
    _add_up(commands)
    _add_chat(commands)
    _add_ask(commands)
    _add_ingest(commands)
    _add_collections(commands)
    _add_facts(commands)
    _add_languages(commands)
    _add_keys(commands)
    _add_record(commands)
    _add_replay(commands)
    return parser


def _add_setup(commands: Commands) -> None:
    setup = commands.add_parser(
        "setup",
        help="prepare what the services need: weights, facts, search index",
        description="Prepare what the services need before they start. Quick when all is there. "
        "GROUNDLING_DATA_DIR says where it goes; GROUNDLING_SYSTEM_PACKAGES=no leaves the "
        "system's packages alone.",
    )
    setup.add_argument("--again", action="store_true", help="make everything anew")
    setup.set_defaults(run=_setup)


def _add_up(commands: Commands) -> None:
    up = commands.add_parser(
        "up",
        help="start every service and wait until it is ready; Ctrl-C stops it",
        description="Start the tools, the model server and the gateway on this machine, wait until "
        "each is ready, and stop all of them on Ctrl-C or when one dies. Settings of a service are "
        "environment variables, GROUNDLING_<SERVICE>_<SETTING>. Exit status: 0 after Ctrl-C, 1 "
        "when a service died or was not ready in time, 143 after SIGTERM.",
    )
    add_options(up)
    up.set_defaults(run=_up)


def _add_chat(commands: Commands) -> None:
    chat = commands.add_parser(
        "chat",
        help="chat in the terminal: draft, queries, what the tools found, answer",
        description="Chat with a running groundling: the draft as it is written, what is looked\n"
        "up, what the tools find, the answer. Lines that begin with / are commands:\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_gateway_options(chat)
    begin = chat.add_mutually_exclusive_group()
    begin.add_argument("--role", type=name, metavar="NAME", help="begin a dialog in this role")
    begin.add_argument("--session", type=name, metavar="ID", help="go on with this stored dialog")
    chat.add_argument(
        "--plain",
        action="store_true",
        help="a line per step (also taken when output is no terminal)",
    )
    chat.set_defaults(run=_chat)


def _add_ask(commands: Commands) -> None:
    ask = commands.add_parser(
        "ask", help="ask one thing and print the answer", description="Ask one thing."
    )
    ask.add_argument("message", metavar="MESSAGE", help="what to say; - reads standard input")
    add_gateway_options(ask)
    ask.add_argument("--role", type=name, metavar="NAME", help="who is to answer, e.g. everest")
    ask.add_argument(
        "--json", action="store_true", help="print the whole turn, every step, as JSON"
    )
    ask.set_defaults(run=_ask)


def _add_ingest(commands: Commands) -> None:
    ingest = commands.add_parser(
        "ingest",
        help="let the retrieval tool answer from your files",
        description="Read files and folders and give them to a running retrieval service as "
        "documents: .txt .md .html .pdf .docx .csv .jsonl and MediaWiki dumps (docs/documents.md). "
        "What is there already and has not changed stays; after Ctrl-C or an error the same "
        "command goes on where it stopped. Exit status: 0 everything is ingested, 1 not, and what "
        "failed is listed at the end.",
    )
    add_ingest_options(ingest)
    ingest.set_defaults(run=run_ingest)


def _add_collections(commands: Commands) -> None:
    collections = commands.add_parser(
        "collections",
        help="list the collections of documents, or delete one",
        description="List the retrieval service's collections, or delete one.",
    )
    add_service_options(collections)
    collections.add_argument(
        "--delete", type=collection, metavar="NAME", help="delete this one and its documents"
    )
    collections.set_defaults(run=run_collections)


def _add_facts(commands: Commands) -> None:
    facts = commands.add_parser(
        "facts",
        help="check facts files",
        description="Facts are what the retrieval tool knows without documents; docs/facts.md "
        "tells how to add some.",
    )
    add_facts_options(facts)


def _add_languages(commands: Commands) -> None:
    languages = commands.add_parser(
        "languages",
        help="list what can be translated, with which engines, and how to add more",
        description="Ask a running translator what it can translate now, with which engines, best "
        "first, and which packages would add to it.",
    )
    add_languages_options(languages, web_address)
    languages.set_defaults(run=run_languages)


def _add_keys(commands: Commands) -> None:
    keys = commands.add_parser(
        "keys",
        help="make, list and revoke the API keys of this machine's gateway",
        description="Make, list and revoke API keys, in the database that the gateway on this "
        "machine uses; it need not run. With the same GROUNDLING_DATA_DIR and "
        "GROUNDLING_GATEWAY_… variables as the gateway.",
    )
    add_keys_options(keys)


def _add_record(commands: Commands) -> None:
    record = commands.add_parser(
        "record",
        help="record a dialog, with all that the model and the tools say, to a cassette",
        description="Run a dialog on the model server and the tools of a running groundling, "
        "through a gateway of its own, and write all that they were asked and said to FILE: a "
        "cassette. GROUNDLING_GATEWAY_MODEL_URL and _TOOL_URLS say where they are, where not at "
        "the default ports. What people and tools say is in the file; headers, addresses and "
        "times are not.",
    )
    add_record_options(record, show_turn)


def _add_replay(commands: Commands) -> None:
    replay = commands.add_parser(
        "replay",
        help="run a recorded dialog again, without a model or a tool",
        description="Run a cassette's dialog through a gateway of its own that gets the recorded "
        "answers. Exit status: 0 all is the same, 1 the gateway asked or answered something else; "
        "the difference is printed.",
    )
    add_replay_options(replay, show_turn)


def _setup(options: argparse.Namespace) -> int:
    return run_setup(options.again)


def _up(options: argparse.Namespace) -> int:
    return run_stack(options)


def _chat(options: argparse.Namespace) -> int:
    _read_stdin_with("replace")
    with client_of(options) as client:
        dialog = Dialog(session_id=options.session, role=options.role)
        return run_chat(client, dialog, plain=options.plain)


def _ask(options: argparse.Namespace) -> int:
    message = options.message
    if message == "-":
        _read_stdin_with("surrogateescape")
        message = sys.stdin.read().strip()
    if not is_text(message):
        print("error: the message is not valid UTF-8", file=sys.stderr)
        return 2
    with client_of(options) as client:
        return run_ask(client, message, role=options.role, as_json=options.json)


def _read_stdin_with(errors: str) -> None:
    """What to make of bytes on standard input that are not text; by default they are an error."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors=errors)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output left (`groundling ask … | head`); what is unwritten is dropped.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
