"""One training example: a whole turn, from the dialog to the grounded response.

The transcript is laid out by model_server.prompts, token by token as it is at inference, so one
sequence teaches the draft, every query and the rewrite. Tokens that are the model's to write are
targets; the rest (messages, wrong drafts, snippets) is only read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.prompts import (
    END,
    Segment,
    attribute_prefix,
    base_prompt,
    encode,
    recipient_prefix,
    research_prompt,
    score_prompt,
)
from services.contract import Attribute, Step, Turn


@dataclass(frozen=True, slots=True)
class Example:
    kind: str
    """What it teaches, e.g. "fact/Age"; figures are reported by kind."""
    context: list[Turn]
    base: str
    base_is_target: bool
    """False for a draft that is wrong on purpose."""
    steps: list[Step]
    response: str
    score: tuple[Attribute, int] | None = None
    """(attribute, 0 or 1): the example teaches scoring `base` instead; steps are empty."""


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            row = asdict(example)
            row["context"] = [turn.model_dump() for turn in example.context]
            row["steps"] = [step.model_dump() for step in example.steps]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_examples(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            row["context"] = [Turn.model_validate(turn) for turn in row["context"]]
            row["steps"] = [Step.model_validate(step) for step in row["steps"]]
            yield Example(**row)


def tokens_and_targets(tokenizer: BPETokenizer, example: Example) -> tuple[list[int], list[bool]]:
    """Token ids of the whole transcript, and for each whether the model must learn to write it."""
    if example.score is not None:
        attribute, label = example.score
        prompt = score_prompt([], example.context, example.base)
        ids = encode([*prompt, f"{attribute_prefix(attribute)}{label}"], tokenizer)
        return ids, [False] * (len(ids) - 1) + [True]
    end = tokenizer.control(END)
    ids = encode(base_prompt([], example.context), tokenizer)
    is_target = [False] * len(ids)

    def write(text_ids: list[int], target: bool) -> None:
        ids.extend([*text_ids, end])
        is_target.extend([target] * (len(text_ids) + 1))

    def read_up_to(segments: Sequence[Segment]) -> None:
        prompt = encode(segments, tokenizer)
        assert prompt[: len(ids)] == ids, "a step's prompt must continue the one before"
        is_target.extend([False] * (len(prompt) - len(ids)))
        ids.extend(prompt[len(ids) :])

    write(tokenizer.encode(example.base), example.base_is_target)
    outputs = [("TS", step.query) for step in example.steps] + [("User", example.response)]
    for done, (recipient, text) in enumerate(outputs):
        read_up_to(research_prompt([], example.context, example.base, example.steps[:done]))
        prefix = tokenizer.encode(recipient_prefix(recipient))
        write(prefix + tokenizer.encode(f" {text}"), True)
    return ids, is_target
