"""`groundling chat`: a dialog in the terminal, every step of a turn shown as it happens.

Covers: reading messages, commands, the session between turns, Ctrl-C and Ctrl-D. Does not cover:
drawing (groundling.views) or HTTP (groundling.client).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing

from rich.console import Console

from gateway.schemas import ChatResponse
from groundling.client import ClientError, GatewayClient
from groundling.terminal import printable
from groundling.views import View, view_for

HELP = "/new begins another dialog, /quit or Ctrl-D leaves, Ctrl-C cancels a turn"
PROMPT = "you    "

Read = Callable[[], str]
"""The next message; EOFError at the end."""


class Chat:
    """One dialog. `run` returns the exit status."""

    def __init__(
        self, client: GatewayClient, read: Read, new_view: Callable[[], View], *, interactive: bool
    ) -> None:
        self._client = client
        self._read = read
        self._new_view = new_view
        self._interactive = interactive
        self._session_id: str | None = None
        self._failed = False

    def run(self) -> int:
        if self._interactive:
            print(f"{self._client.url}: {HELP}")
        while True:
            try:
                message = self._read().strip()
            except EOFError:
                if self._interactive:
                    print()  # the shell's prompt begins on a line of its own
                break
            except KeyboardInterrupt:
                print(f"\n{HELP}")
                continue
            if message == "/quit":
                break
            self._take(message)
        return 1 if self._failed and not self._interactive else 0

    def _take(self, message: str) -> None:
        if message == "/new":
            self._session_id = None
            print("a new dialog")
        elif message == "/help":
            print(HELP)
        elif message.startswith("/"):
            print(f"{printable(message.split(maxsplit=1)[0])} is no command; {HELP}")
        elif message:
            self._turn(message)

    def _turn(self, message: str) -> None:
        try:
            with (
                closing(self._client.stream(message, self._session_id)) as steps,
                self._new_view() as view,
            ):
                for step in steps:
                    view.show(step)
                    if isinstance(step, ChatResponse):
                        self._session_id = step.session_id
        except ClientError as error:
            self._failed = True
            print(f"error: {printable(str(error))}", file=sys.stderr)
        except KeyboardInterrupt:
            print("the turn was cancelled")


def run_chat(url: str, timeout_s: float, plain: bool) -> int:
    """Chat with the gateway at `url`; plain is also taken when output is no terminal."""
    console = Console()
    interactive = sys.stdin.isatty()
    lines_only = plain or not console.is_terminal
    with GatewayClient(url, timeout_s=timeout_s) as client:
        try:
            client.check()
        except ClientError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        chat = Chat(
            client,
            lambda: input(PROMPT if interactive else ""),
            lambda: view_for(console, lines_only),
            interactive=interactive,
        )
        return chat.run()
