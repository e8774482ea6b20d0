"""Which part of a dialog the model is given with a message.

Covers: choosing the latest turns that fit, and leaving out more of them. Does not cover: tokens;
the bounds are turns and characters. The model server counts tokens and refuses what is too long for
it; gateway.drafting and gateway.research then leave out the oldest turns until it takes the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.contract import Turn


def with_message(
    dialog: Sequence[Turn], message: str, max_turns: int, max_chars: int
) -> list[Turn]:
    """The message as the last turn, after the latest turns of the dialog that fit.

    What is left begins with a turn of the user's, where it has one.
    """
    kept: list[Turn] = []
    chars = len(message)
    for turn in reversed(dialog[-max_turns:]):
        chars += len(turn.content)
        if chars > max_chars:
            break
        kept.insert(0, turn)
    if len(kept) < len(dialog):
        while kept and kept[0].role == "assistant":
            kept.pop(0)
    return [*kept, Turn(role="user", content=message)]


def without_oldest(context: Sequence[Turn]) -> list[Turn]:
    """All but the oldest exchange, a user's turn and its answers; the last turn always stays."""
    first = 1
    while first < len(context) and context[first].role == "assistant":
        first += 1
    return list(context[first:] or context[-1:])
