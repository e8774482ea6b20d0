"""Figures of an adapter on held-out examples.

    python -m model_server.training.evaluate --examples subjects.jsonl wordings.jsonl
        --weights FILE.gguf [--adapter FILE] [--misses N]

One pass per example: a query or response counts as exact when, given the true transcript before
it, greedy decoding writes it word for word (the most probable token is the right one at every
place; the recipient is chosen among the two there are, as at inference). For scores: the share of
labels that P("1") > 1/2 gets right.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from model_server.engine.adapter import merge
from model_server.engine.checkpoint import Checkpoint, load_gguf
from model_server.training.examples import Example, read_examples, tokens_and_targets


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing the model had to write."""

    part: str
    """base, query, response or score."""
    exact: bool
    recipient_right: bool
    written: str
    wanted: str


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
    return [*(["base"] if example.base_is_target else []), *queries, "response"]


@torch.inference_mode()
def outcomes(checkpoint: Checkpoint, example: Example) -> list[Outcome]:
    """What the model writes at each place it has to, given the truth before."""
    tokenizer = checkpoint.tokenizer
    ids, is_target = tokens_and_targets(tokenizer, example)
    hidden = checkpoint.model(torch.tensor([ids[:-1]]))[0]  # (T-1, C)
    out = []
    for part, (start, end) in zip(_parts(example), _spans(is_target), strict=True):
        logits = checkpoint.model.logits(hidden[start - 1 : end - 1])  # (end - start, V)
        options = {
            "score": [tokenizer.encode(digit)[0] for digit in "01"],
            "query": [tokenizer.encode(name)[0] for name in ("TS", "User")],
        }
        options["response"] = options["query"]
        written = logits.argmax(dim=-1).tolist()
        if part in options:
            first = options[part]
            written[0] = first[int(logits[0, first].argmax())]
        wanted = ids[start:end]
        out.append(
            Outcome(
                part=part,
                exact=written == wanted,
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
    lines = [f"{name}: kind, part, exact, recipient"]
    for (kind, part), group in sorted(groups.items()):
        exact = sum(one.exact for one in group)
        recipient = sum(one.recipient_right for one in group)
        lines.append(f"  {kind:13} {part:9} {exact:4}/{len(group):<4} {recipient:4}/{len(group)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--adapter", type=Path, help="none: the base model alone")
    parser.add_argument("--misses", type=int, default=0, help="how many misses to print")
    parser.add_argument("--limit", type=int, default=0, help="first examples only; 0: all")
    arguments = parser.parse_args()
    checkpoint = load_gguf(arguments.weights)
    if arguments.adapter:
        print(merge(checkpoint.model, arguments.adapter))
    for path in arguments.examples:
        examples = list(read_examples(path))
        rows = [
            (example.kind, outcome)
            for example in examples[: arguments.limit or None]
            for outcome in outcomes(checkpoint, example)
        ]
        print(report(path.stem, rows))
        misses = [(kind, one) for kind, one in rows if not one.exact and one.part != "base"]
        for kind, one in misses[: arguments.misses]:
            print(f"  {kind} {one.part}\n    wanted  {one.wanted}\n    written {one.written}")


if __name__ == "__main__":
    main()
