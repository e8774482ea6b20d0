"""Examples where nothing is to be looked up: small talk goes straight to the user, word for word.

Besides this folder's own small talk it can read a folder of human dialogs and a file of real
questions; both only ever become training examples, never files of the repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from model_server.prompts import ATTRIBUTES
from model_server.training.drafting import Draw, assistant, user
from model_server.training.examples import Example
from model_server.training.knowledge import is_unseen
from services.contract import Step, Turn

NOTHING_FOUND = (
    "I couldn't find anything on that, so I can't say for sure.",
    "I looked that up but found nothing, so I'd rather not guess.",
    "My sources have nothing on that, so I can't give you a reliable answer.",
)
_CHECKABLE = re.compile(r"\d|[a-z] [A-Z]|\?|http|\b(first|most|year|million|won|born|invent)")


class TalkExamples:
    def __init__(self, talk: dict[str, Any], draw: Draw, unseen: bool) -> None:
        self.draw = draw
        self.pairs = [pair for pair in talk["pair"] if is_unseen(pair["user"]) == unseen]
        self.dialogs = [
            one["turns"] for one in talk["dialog"] if is_unseen(one["turns"][0]) == unseen
        ]
        self.hostile = [pair for pair in talk["hostile"] if is_unseen(pair["user"]) == unseen]

    def pair(self) -> Example:
        one = self.draw.pick(self.pairs)
        text = one["user"] if not self.draw.chance(0.15) else one["user"].lower().rstrip(".!?")
        return Example("talk", [user(text)], one["reply"], True, [], one["reply"])

    def attack(self) -> Example:
        one = self.draw.pick(self.hostile)
        return Example("talk/hostile", [user(one["user"])], one["reply"], True, [], one["reply"])

    def dialog(self) -> Example:
        turns = self.draw.pick(self.dialogs)
        context = [
            user(text) if index % 2 == 0 else assistant(text)
            for index, text in enumerate(turns[:-1])
        ]
        return Example("talk/dialog", context, turns[-1], True, [], turns[-1])

    def after(self, make: Callable[[], Example]) -> Example:
        """Small talk after a looked-up answer: the earlier topic is no reason to look again."""
        before, one = make(), self.draw.pick(self.pairs)
        context: list[Turn] = [*before.context, assistant(before.response), user(one["user"])]
        return Example("talk/after", context, one["reply"], True, [], one["reply"])

    def before(self, make: Callable[[], Example]) -> Example:
        """A question after small talk: looked up like any other."""
        one, after = self.draw.pick(self.pairs), make()
        context = [user(one["user"]), assistant(one["reply"]), *after.context]
        return Example(
            after.kind, context, after.base, after.base_is_target, after.steps, after.response
        )


def score_examples(rows: Sequence[dict[str, Any]], unseen: bool) -> list[Example]:
    """Labelled replies, one example for each attribute."""
    out = []
    for row in rows:
        if is_unseen(row["context"][-1] + row["response"]) != unseen:
            continue
        context = [
            user(text) if index % 2 == 0 else assistant(text)
            for index, text in enumerate(row["context"])
        ]
        for attribute in ATTRIBUTES:
            label = (attribute, int(row[attribute]))
            kind = f"score/{attribute}"
            out.append(Example(kind, context, row["response"], False, [], "", label))
    return out


def read_human_talk(path: Path, draw: Draw, limit: int) -> list[Example]:
    """Short turns without a checkable claim from JSON lines, each a list of turns."""
    out: list[Example] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        turns = [" ".join(turn.split()) for turn in json.loads(line)]
        for index in range(1, len(turns)):
            reply, said = turns[index], turns[index - 1]
            if not reply or not said or len(reply) > 110 or len(said) > 160:
                continue
            if _CHECKABLE.search(reply) or _CHECKABLE.search(said):
                continue
            out.append(Example("talk/human", [user(said)], reply, False, [], reply))
    draw.rng.shuffle(out)
    return out[:limit]


def read_open_questions(path: Path, draw: Draw, limit: int) -> list[Example]:
    """Real questions the tools cannot answer: looked up in their own words, then doubted."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    draw.rng.shuffle(rows)
    out = []
    for row in rows[:limit]:
        question = row["question"]
        shown = question if draw.chance(0.5) else question[0].upper() + question[1:] + "?"
        templates = [
            "It was {}.",
            "I think it's {}.",
            "The answer is {}.",
            "{}.",
            "That would be {}.",
        ]
        draft = draw.pick(templates).format(row["answer"][0])
        steps = [Step(query=question, snippets=[])]
        out.append(Example("open", [user(shown)], draft, False, steps, draw.pick(NOTHING_FOUND)))
    return out
