"""Figures of an adapter on held-out examples.

    python -m model_server.training.evaluate --examples subjects.jsonl wordings.jsonl
        --weights FILE.gguf [--adapter FILE] [--misses N]

One pass per example: a query or response counts as right when, given the true transcript before
it, greedy decoding writes it word for word (the most probable token is the right one at every
place; the recipient is chosen among the two there are, as at inference). For scores: the share of
labels that P("1") > 1/2 gets right. A response after empty snippets may be worded in many ways, so
that one is decoded and counts as right when it repeats nothing checkable that only the draft said.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from model_server.backends.engine import EngineBackend, Vocabulary
from model_server.backends.in_process import loader, setup_of
from model_server.backends.launching import launch_thread
from model_server.backends.supervision import LOADING
from model_server.checkpoints.adapter import read_adapter
from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.dialog import DialogModel
from model_server.engine.attention import Whole
from model_server.engine.load import load_transformer
from model_server.engine.model import Transformer
from model_server.prompts import RECIPIENTS, recipient_prefix
from model_server.training.examples import Example, read_examples, tokens_and_targets
from services.contract import ResearchRequest, ResearchResponse

SILENCE_S = 3600.0
"""Nobody hears the worker while the loop stands still between two dialogs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing the model had to write."""

    part: str
    """base, query, response, doubt or score."""
    right: bool
    recipient_right: bool
    written: str
    wanted: str


class Studied:
    """A model in this process: its weights, and the dialog it has with them as a server would.

    A context manager: the dialog runs on a thread within it.
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: BPETokenizer,
        max_tokens: int = 96,
        int8: bool = False,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        vocabulary = Vocabulary("studied", tokenizer)
        launch = launch_thread(loader(model, int8))
        self._backend = EngineBackend(
            setup_of(model, vocabulary), launch, LOADING, lambda _: vocabulary, SILENCE_S
        )
        self._dialog = DialogModel(self._backend, max_tokens, max_tokens, safety_threshold=0.0)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._backend.stop())
        self._runner.close()

    def research(self, request: ResearchRequest) -> ResearchResponse:
        return self._runner.run(self._dialog.research(request))

    async def _start(self) -> None:
        await self._backend.start()
        await self._backend.supervisor.settled.wait()


def _spans(is_target: Sequence[bool]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for place, wanted in enumerate(is_target):
        if wanted and (place == 0 or not is_target[place - 1]):
            spans.append((place, place + 1))
        elif wanted:
            spans[-1] = (spans[-1][0], place + 1)
    return spans


def _parts(example: Example) -> list[str]:
    if example.score is not None:
        return ["score"]
    queries = ["query"] * len(example.steps)
    answer = "doubt" if example.steps and not example.steps[-1].snippets else "response"
    return [*(["base"] if example.base_is_target else []), *queries, answer]


def restated(example: Example, response: str) -> set[str]:
    """Numbers and names of the draft that neither the dialog nor a snippet has, said again."""
    known = " ".join(
        [turn.content for turn in example.context]
        + [text for step in example.steps for text in (step.query, *step.snippets)]
    ).casefold()
    words = re.findall(r"\w[\w.,]*\w|\w", example.base)[1:]  # the first has its capital anyway
    checkable = {word for word in words if word[0].isupper() or any(map(str.isdigit, word))}
    return {word for word in checkable if word.casefold() not in known and word in response}


def _doubt(studied: Studied, example: Example) -> Outcome:
    request = ResearchRequest(context=example.context, base=example.base, steps=example.steps)
    answer = studied.research(request)
    to_user = answer.recipient == "User"
    return Outcome(
        part="doubt",
        right=to_user and not restated(example, answer.text),
        recipient_right=to_user,
        written=f"{answer.recipient}, {answer.text}",
        wanted=f"nothing that only the draft says: {example.base}",
    )


@torch.inference_mode()
def outcomes(studied: Studied, example: Example) -> list[Outcome]:
    """What the model writes at each place it has to, given the truth before."""
    model, tokenizer = studied.model, studied.tokenizer
    ids, is_target = tokens_and_targets(tokenizer, example)
    positions = torch.arange(len(ids) - 1)[None]
    hidden = model(torch.tensor([ids[:-1]]), positions, Whole(model, positions))[0]  # (T-1, C)
    recipients = [tokenizer.encode(recipient_prefix(name))[0] for name in RECIPIENTS]
    options = {
        "score": [tokenizer.encode(digit)[0] for digit in "01"],
        "query": recipients,
        "response": recipients,
    }
    out = []
    for part, (start, end) in zip(_parts(example), _spans(is_target), strict=True):
        if part == "doubt":
            out.append(_doubt(studied, example))
            continue
        logits = model.logits(hidden[start - 1 : end - 1])  # (end - start, V)
        written = logits.argmax(dim=-1).tolist()
        if part in options:
            first = options[part]
            written[0] = first[int(logits[0, first].argmax())]
        wanted = ids[start:end]
        out.append(
            Outcome(
                part=part,
                right=written == wanted,
                recipient_right=written[0] == wanted[0],
                written=tokenizer.decode(written),
                wanted=tokenizer.decode(wanted),
            )
        )
    return out


def report(name: str, rows: Sequence[tuple[str, Outcome]]) -> str:
    """A table: one line for each kind and part."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for kind, outcome in rows:
        groups["all", outcome.part].append(outcome)
        groups[kind.split("/")[0], outcome.part].append(outcome)
    lines = [f"{name}: kind, part, right, recipient right"]
    for (kind, part), group in sorted(groups.items()):
        right = sum(one.right for one in group)
        recipient = sum(one.recipient_right for one in group)
        lines.append(f"  {kind:16} {part:9} {right:4}/{len(group):<4} {recipient:4}/{len(group)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--adapter", type=Path, help="none: the base model alone")
    parser.add_argument("--int8", action="store_true", help="as it is served on a CPU")
    parser.add_argument("--misses", type=int, default=0, help="how many misses to print")
    parser.add_argument("--limit", type=int, default=0, help="first examples only; 0: all")
    arguments = parser.parse_args()
    checkpoint = open_checkpoint(arguments.weights)
    adapter = None
    if arguments.adapter:
        adapter = read_adapter(arguments.adapter, checkpoint.config)
        print(adapter.metadata)
    model = load_transformer(checkpoint, adapter, torch.float32, torch.device("cpu"))
    with Studied(model, checkpoint.tokenizer, int8=arguments.int8) as studied:
        _print_figures(studied, arguments)


def _print_figures(studied: Studied, arguments: argparse.Namespace) -> None:
    for path in arguments.examples:
        examples = list(read_examples(path))
        rows = [
            (example.kind, outcome)
            for example in examples[: arguments.limit or None]
            for outcome in outcomes(studied, example)
        ]
        print(report(path.stem, rows))
        misses = [(kind, one) for kind, one in rows if not one.right and one.part != "base"]
        for kind, one in misses[: arguments.misses]:
            print(f"  {kind} {one.part}\n    wanted  {one.wanted}\n    written {one.written}")


if __name__ == "__main__":
    main()
