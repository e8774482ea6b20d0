"""The commands of `groundling chat`: what a line that begins with / does.

Covers: each command, and the list of them. Does not cover: turns (groundling.chat).

    CommandError    a command cannot be done as it was typed; the message says what it needs
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gateway.schemas import RoleInfo, SessionInfo
from groundling.client import Client
from groundling.dialog import Dialog
from groundling.terminal import one_line, printable

MAX_LISTED = 20
"""Sessions that /sessions shows, the one used last first."""

HELP = """\
  /new             begin another dialog
  /sessions        list your dialogs
  /open N          go on with one of them: its number in the list, or its id
  /roles           list the roles that a dialog can begin with
  /role NAME       begin a dialog in this role; without NAME, in none
  /export FILE     write this dialog to a new file, as JSON
  /delete          delete this dialog
  /retry           ask the last message again
  /help            show this
  /quit, Ctrl-D    leave; Ctrl-C cancels a turn"""


class CommandError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Commands:
    client: Client
    dialog: Dialog

    def run(self, line: str) -> None:
        """Do what the line says; raise CommandError or ClientError."""
        name, _, argument = line.partition(" ")
        known: dict[str, Callable[[str], None]] = {
            "/new": self._new,
            "/sessions": self._sessions,
            "/open": self._open,
            "/roles": self._roles,
            "/role": self._role,
            "/export": self._export,
            "/delete": self._delete,
            "/help": self._help,
        }
        if name not in known:
            raise CommandError(f"{printable(name)} is no command; /help lists them")
        known[name](argument.strip())

    def _new(self, _: str) -> None:
        self.dialog.begin(self.dialog.role)
        print("a new dialog")

    def _sessions(self, _: str) -> None:
        self.dialog.listed = list(islice(self.client.sessions(), MAX_LISTED))
        if not self.dialog.listed:
            print("no dialogs are stored")
        for number, session in enumerate(self.dialog.listed, start=1):
            print(f"{number:3}  {_described(session)}")

    def _open(self, which: str) -> None:
        session = self.client.session(self._id_of(which))
        self.dialog.open(session.session_id)
        for turn in session.turns:
            print(f"you    {printable(turn.message)}\nanswer {printable(turn.answer.response)}")

    def _id_of(self, which: str) -> str:
        if not which:
            raise CommandError("/open needs a number of /sessions' list, or a session's id")
        if not (which.isdecimal() and len(which) <= len(str(MAX_LISTED))):
            return which
        if not self.dialog.listed:
            raise CommandError("/open N counts in the list that /sessions shows; there is none yet")
        if not 1 <= int(which) <= len(self.dialog.listed):
            raise CommandError(f"/open: the list goes from 1 to {len(self.dialog.listed)}")
        return self.dialog.listed[int(which) - 1].session_id

    def _roles(self, _: str) -> None:
        for role in self.client.roles():
            print(f"  {role.name:<16} {one_line(role.title)}: {one_line(role.summary)}")

    def _role(self, name: str) -> None:
        role = self._named(name) if name else None
        self.dialog.begin(role.name if role else None)
        print(f"a new dialog with {one_line(role.title)}" if role else "a new dialog")
        for turn in role.turns if role else ():
            print(f"  {one_line(turn.content)}")

    def _named(self, name: str) -> RoleInfo:
        roles = {role.name: role for role in self.client.roles()}
        if name not in roles:
            raise CommandError(f"there is no role {printable(name)}; there are {', '.join(roles)}")
        return roles[name]

    def _export(self, file: str) -> None:
        session_id = self._current()
        if not file:
            raise CommandError("/export needs the name of a file to write")
        export = self.client.export_session(session_id).model_dump_json(indent=2)
        try:
            with Path(file).expanduser().open("x", encoding="utf-8") as opened:
                opened.write(export + "\n")
        except FileExistsError as error:
            raise CommandError(f"{printable(file)} exists; name another file") from error
        except OSError as error:
            raise CommandError(f"{printable(file)}: {error.strerror}") from error
        print(f"written to {printable(file)}")

    def _delete(self, _: str) -> None:
        self.client.delete_session(self._current())
        self.dialog.begin(self.dialog.role)
        print("deleted; a new dialog")

    def _current(self) -> str:
        if self.dialog.session_id is None:
            raise CommandError("this dialog has no turn yet")
        return self.dialog.session_id

    def _help(self, _: str) -> None:
        print(HELP)


def _described(session: SessionInfo) -> str:
    role = f", {session.role}" if session.role else ""
    used = session.updated_at[:16].replace("T", " ")
    turns = "1 turn" if session.turns == 1 else f"{session.turns} turns"
    return f"{one_line(session.title)}  ({turns}, {used} UTC{role})"
