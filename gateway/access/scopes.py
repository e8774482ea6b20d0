"""What a key may do, by name. Loads nothing, so that the command line can name them.

chat       turns, natively and as an OpenAI client
tools      /v1/toolset
sessions   list, read, export and delete its own sessions
metrics    /metrics
"""

from __future__ import annotations

from typing import Literal, get_args

Scope = Literal["chat", "tools", "sessions", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
