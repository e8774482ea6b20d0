"""The text protocol: a dialog and its research as the model reads them.

A whole turn is one transcript, so that each step's prompt is a prefix of the next:

    <|im_start|>user\n{message}<|im_end|>\n
    <|im_start|>assistant\n{draft}<|im_end|>\n                 <- base
    <|im_start|>research\nTS, {query}<|im_end|>\n              <- research, no steps
    <|im_start|>toolset\n{snippet}\n{snippet}<|im_end|>\n
    <|im_start|>research\nUser, {response}<|im_end|>\n         <- research, one step

Only control tokens open and close a turn, and text never encodes to one (checkpoints/tokenizer.py):
nothing inside a message, a draft or a snippet can speak as somebody else. Earlier exchanges appear
as the user's message and the response the user saw. Knows no torch and no HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.contract import Attribute, Step, Turn

START = "<|im_start|>"
END = "<|im_end|>"

RECIPIENTS = ("TS", "User")
"""Who a research output is for: the toolset or the user (LaMDA, section 6.2)."""

ATTRIBUTES: tuple[Attribute, ...] = ("sensible", "specific", "interesting", "safe")
"""What a candidate is scored for, in the order the model is asked (LaMDA, section 6.1)."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control token, by its name in the vocabulary."""

    name: str


Segment = str | Control
"""A piece of a prompt: plain text, or one control token."""


class Encoder(Protocol):
    """What encoding needs of a tokenizer; checkpoints.tokenizer.BPETokenizer is one."""

    def encode(self, text: str) -> list[int]: ...

    def control(self, name: str) -> int: ...


def encode(segments: Sequence[Segment], encoder: Encoder) -> list[int]:
    """Token ids of a prompt: text can only become text, control tokens come from Control alone."""
    ids: list[int] = []
    for segment in segments:
        if isinstance(segment, Control):
            ids.append(encoder.control(segment.name))
        else:
            ids += encoder.encode(segment)
    return ids


def recipient_prefix(recipient: str) -> str:
    """How a research output begins; what follows starts with a space."""
    return f"{recipient},"


def attribute_prefix(attribute: Attribute) -> str:
    """What stands before the 0 or 1 of a score."""
    return f"{attribute.upper()} "


def _open(speaker: str) -> list[Segment]:
    return [Control(START), f"{speaker}\n"]


def _turn(speaker: str, text: str) -> list[Segment]:
    return [*_open(speaker), text, Control(END), "\n"]


def one_line(text: str) -> str:
    """A snippet as one line: a line break inside it would read as the next snippet."""
    return " ".join(text.split())


def toolset_text(snippets: Sequence[str]) -> str:
    """Snippets in toolset order, one a line; empty when no tool found anything."""
    return "\n".join(one_line(snippet) for snippet in snippets)


def base_prompt(role_turns: Sequence[Turn], context: Sequence[Turn]) -> list[Segment]:
    """Up to where the draft begins."""
    segments: list[Segment] = []
    for turn in (*role_turns, *context):
        segments += _turn(turn.role, turn.content.strip())
    return segments + _open("assistant")


def research_prompt(
    role_turns: Sequence[Turn], context: Sequence[Turn], base: str, steps: Sequence[Step]
) -> list[Segment]:
    """Up to where the recipient is written."""
    segments = [*base_prompt(role_turns, context), base.strip(), Control(END), "\n"]
    for step in steps:
        segments += _turn("research", f"{recipient_prefix('TS')} {step.query.strip()}")
        segments += _turn("toolset", toolset_text(step.snippets))
    return segments + _open("research")


def score_frame() -> list[Segment]:
    """From the end of a response up to where an attribute is named (LaMDA, section 6.1)."""
    return [Control(END), "\n", *_open("score")]


def score_prompt(
    role_turns: Sequence[Turn], context: Sequence[Turn], response: str
) -> list[Segment]:
    """Context and response, up to where an attribute is named."""
    return [*base_prompt(role_turns, context), response.strip(), *score_frame()]
