"""Write the adapter's training and held-out examples.

    python -m model_server.training.generate --facts facts.tsv --phrases phrases.tsv --out DIR
        [--dialogs topical_chat.jsonl] [--questions nq_open.jsonl]

DIR/train.jsonl uses only seen subjects and seen wordings, DIR/subjects.jsonl unseen subjects in
seen wordings, DIR/wordings.jsonl unseen subjects in unseen wordings.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from model_server.training.ages import with_ages
from model_server.training.dialog_makers import DialogMakers
from model_server.training.drafting import Draw
from model_server.training.examples import Example, write_examples
from model_server.training.generate_facts import FactExamples
from model_server.training.generate_hops import HopExamples
from model_server.training.generate_measures import MeasureExamples
from model_server.training.generate_talk import (
    TalkExamples,
    read_human_talk,
    read_open_questions,
    score_examples,
)
from model_server.training.generate_tools import ArithmeticExamples, TranslationExamples
from model_server.training.knowledge import (
    Fact,
    Knowledge,
    is_unseen,
    read_facts,
    read_phrases,
    read_wordings,
)
from services.contract import Step, Turn

Maker = Callable[[], Example]


def makers(
    facts: Sequence[Fact],
    phrases: Sequence[tuple[str, str, str]],
    rng: random.Random,
    *,
    unseen_subjects: bool,
    unseen_wordings: bool,
    slips: float = 0.0,
    expressions: float = 0.0,
    practice: float = 0.0,
) -> list[tuple[float, Maker]]:
    """Each way to make an example, with its share.

    `practice`: share of all examples that are of the kinds a run got wrong in use.
    """
    wordings, talk = read_wordings("wordings.toml"), read_wordings("smalltalk.toml")
    draw = Draw(rng, unseen_wordings, wordings["openers"], slips)
    subjects = FactExamples(Knowledge(facts, unseen_subjects), wordings, draw)
    hops = HopExamples(subjects, draw)
    arithmetic = ArithmeticExamples(wordings["arithmetic"], draw, expressions)
    own_phrases = [row for row in phrases if is_unseen(row[0]) == unseen_subjects]
    translation = TranslationExamples(wordings["translate"], wordings["meaning"], own_phrases, draw)
    measures = MeasureExamples(wordings["measure"], draw)
    chat = TalkExamples(talk, draw, unseen_subjects)
    dialogs = DialogMakers(subjects, arithmetic, measures, translation, chat, draw)
    several = dialogs.shares()
    single: list[tuple[float, Maker]] = [
        (0.40, subjects.direct),
        (0.09, subjects.followup),
        (0.03, hops.reverse),
        (0.06, hops.chain),
        (0.04, subjects.unanswerable),
        (0.13, arithmetic.make),
        (0.10, measures.make),
        (0.09, translation.make),
        (0.04, translation.meaning),
        (0.09, chat.pair),
        (0.02, chat.attack),
        (0.02, chat.dialog),
        (0.02, lambda: chat.after(subjects.direct)),
        (0.02, lambda: chat.before(subjects.direct)),
    ]
    usual = sum(share for share, _ in [*several, *single])
    each = usual * practice / (1 - practice)
    practised = [(each * share, make) for share, make in dialogs.practised() if practice]
    return [*several, *practised, *single]


def make_all(ways: Sequence[tuple[float, Maker]], count: int, rng: random.Random) -> list[Example]:
    shares, functions = [share for share, _ in ways], [function for _, function in ways]
    return [tidied(make()) for make in rng.choices(functions, weights=shares, k=count)]


def tidied(example: Example) -> Example:
    """Mend what filling in names leaves behind: "the The Kiss", a sentence starting with gold."""
    context = [
        Turn(role=turn.role, content=_one_article(turn.content))
        if turn.role == "user"
        else Turn(role=turn.role, content=sentence(turn.content))
        for turn in example.context
    ]
    steps = [
        Step(query=step.query, snippets=[_triple(snippet) for snippet in step.snippets])
        for step in example.steps
    ]
    base, response = sentence(example.base), sentence(example.response)
    return replace(example, context=context, base=base, steps=steps, response=response)


def _triple(snippet: str) -> str:
    """Facts are filed under a capital however the question was typed; translations are not."""
    return snippet[:1].upper() + snippet[1:] if " / " in snippet else snippet


def _one_article(text: str) -> str:
    return text.replace("the The ", "the ").replace("The The ", "The ")


def sentence(text: str) -> str:
    text = _one_article(text)
    return text[:1].upper() + text[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--facts", type=Path, required=True)
    parser.add_argument("--phrases", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dialogs", type=Path, help="JSON lines, each a list of turns")
    parser.add_argument("--questions", type=Path, help="JSON lines with question and answer")
    parser.add_argument("--count", type=int, default=14_000)
    parser.add_argument("--held-out", type=int, default=400, help="examples per held-out file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--slips",
        type=float,
        default=0.0,
        help="share of wrong drafts with another kind of value",
    )
    parser.add_argument(
        "--expressions", type=float, default=0.0, help="share of sums put as an expression"
    )
    parser.add_argument(
        "--practice", type=float, default=0.0, help="share of kinds a run got wrong in use, below 1"
    )
    parser.add_argument("--scores", type=int, help="at most so many labels of replies; all if none")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date.today())
    arguments = parser.parse_args()

    facts = with_ages(read_facts(arguments.facts), arguments.today)
    phrases = read_phrases(arguments.phrases)
    arguments.out.mkdir(parents=True, exist_ok=True)
    splits = {
        "train": (False, False, arguments.count),
        "subjects": (True, False, arguments.held_out),
        "wordings": (True, True, arguments.held_out),
    }
    for name, (unseen_subjects, unseen_wordings, count) in splits.items():
        rng = random.Random(f"{arguments.seed}/{name}")
        ways = makers(
            facts,
            phrases,
            rng,
            unseen_subjects=unseen_subjects,
            unseen_wordings=unseen_wordings,
            slips=arguments.slips,
            expressions=arguments.expressions,
            practice=arguments.practice,
        )
        examples = make_all(ways, count, rng)
        if name != "subjects":
            scores = score_examples(read_wordings("scores.toml")["row"], unseen_wordings)
            if arguments.scores is not None:
                scores = rng.sample(scores, min(len(scores), arguments.scores))
            examples += scores
        if name == "train":
            draw = Draw(rng, False, {})
            if arguments.dialogs:
                examples += read_human_talk(arguments.dialogs, draw, count // 35)
            if arguments.questions:
                examples += read_open_questions(arguments.questions, draw, count // 35)
            rng.shuffle(examples)
        write_examples(arguments.out / f"{name}.jsonl", examples)
        kinds = collections.Counter(example.kind.split("/")[0] for example in examples)
        print(f"{name}: {len(examples)} examples {dict(kinds.most_common())}")


if __name__ == "__main__":
    main()
