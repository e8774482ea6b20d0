"""`groundling chat`: a dialog in the terminal, every step of a turn shown as it happens.

Covers: reading lines, turns, Ctrl-C and Ctrl-D. Does not cover: commands
(groundling.chat_commands), drawing (groundling.views) or HTTP (groundling.client).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from gateway.schemas import ChatResponse
from groundling.chat_commands import CommandError, Commands
from groundling.client import Client, ClientError
from groundling.dialog import Asked, Dialog
from groundling.refusals import told
from groundling.views import View, view_for

HINT = "/help lists the commands, Ctrl-C cancels a turn, Ctrl-D leaves"
PROMPT = "you    "

Read = Callable[[], str]
"""The next line; EOFError at the end."""


class Chat:
    """One dialog after another. `run` returns the exit status."""

    def __init__(
        self,
        client: Client,
        read: Read,
        new_view: Callable[[], View],
        *,
        interactive: bool,
        dialog: Dialog | None = None,
    ) -> None:
        self._client = client
        self._read = read
        self._new_view = new_view
        self._interactive = interactive
        self._dialog = dialog if dialog is not None else Dialog()
        self._commands = Commands(client, self._dialog)
        self._failed = False

    def run(self) -> int:
        if self._interactive:
            print(f"{self._client.url}: {HINT}")
        while True:
            try:
                line = self._read().strip()
            except EOFError:
                if self._interactive:
                    print()  # the shell's prompt begins on a line of its own
                break
            except KeyboardInterrupt:
                print(f"\n{HINT}")
                continue
            if line == "/quit":
                break
            if line:
                self._take(line)
        return 1 if self._failed and not self._interactive else 0

    def _take(self, line: str) -> None:
        try:
            if not line.startswith("/"):
                self._turn(Asked(line))
            elif line == "/retry":
                self._turn(self._last())
            else:
                self._commands.run(line)
        except CommandError as error:
            print(error)
        except ClientError as error:
            self._failed = True
            print(f"error: {told(error)}", file=sys.stderr)
        except KeyboardInterrupt:
            print("the turn was cancelled" if line[0] != "/" or line == "/retry" else "cancelled")

    def _last(self) -> Asked:
        if self._dialog.asked is None:
            raise CommandError("/retry: nothing was asked in this dialog yet")
        return self._dialog.asked

    def _turn(self, asked: Asked) -> None:
        options = self._dialog.options(asked)
        with self._client.stream(asked.message, **options) as steps, self._new_view() as view:
            for step in steps:
                view.show(step)
                if isinstance(step, ChatResponse):
                    self._dialog.answered(step)


def run_chat(client: Client, dialog: Dialog, *, plain: bool) -> int:
    """Chat with the client's gateway; plain is also taken when output is no terminal."""
    console = Console()
    interactive = sys.stdin.isatty()
    lines_only = plain or not console.is_terminal
    try:
        client.check()
        tools = [tool.name for tool in client.tools()]
    except ClientError as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return 1
    chat = Chat(
        client,
        lambda: input(PROMPT if interactive else ""),
        lambda: view_for(console, tools, plain=lines_only),
        interactive=interactive,
        dialog=dialog,
    )
    return chat.run()
