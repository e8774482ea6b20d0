"""`groundling ask`: one message, one answer on standard output; --json for the whole turn."""

from __future__ import annotations

import sys

from groundling.client import Client, ClientError
from groundling.refusals import told
from groundling.terminal import printable


def run_ask(client: Client, message: str, *, role: str | None, as_json: bool) -> int:
    try:
        answer = client.chat(message, role=role)
    except ClientError as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return 1
    print(answer.model_dump_json(indent=2) if as_json else printable(answer.response))
    return 0
