"""Kills a process that changes documents, again and again, and checks what it left behind.

    python killing.py FOLDER ROUNDS SEED

A program and not a test, so that it has no threads: a child is forked from it in milliseconds, with
everything imported. One child puts, replaces and deletes, and says so in a pipe before and after
each; it is killed at a random moment. Another one then opens the folder and compares. Ends with 0
and a line of JSON, or with what is wrong.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from services.retrieval.bm25.warm_up import warm_up
from services.retrieval.documents import embedded, indexes
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

State = dict[str, int]
"""A document's id -> the number of the change that wrote it."""
Change = dict[str, list[str]]
"""{"put": ids} or {"delete": ids}."""

COLLECTIONS = ("one", "two")
IDS = [f"{name}/{number}" for name in COLLECTIONS for number in range(20)]
MAX_LIFE_S = 0.5

embedded.TEND_EVERY_S = 0.01
indexes.SEAL_AFTER_S = 0.02


def backend_at(folder: Path) -> EmbeddedBackend:
    settings = Settings(data_dir=folder, passage_words=20, index_memory_terms=600)
    backend = EmbeddedBackend(folder, settings)
    backend.open()
    return backend


def document(document_id: str, number: int) -> Document:
    """Three passages, each with a word that no other version of any document has."""
    word = word_of(document_id, number)
    filler = "about the harbour and the boats in it and all that is sold on the market there"
    sections = tuple(Section(f"Part {part}", f"{word} {filler} {part}.") for part in range(3))
    return Document(document_id, f"Title of {document_id}", None, sections)


def word_of(document_id: str, number: int) -> str:
    return f"w{number}x{document_id.replace('/', 'y')}"


def applied(state: State, change: Change, number: int) -> State:
    new = {one: at for one, at in state.items() if one not in change.get("delete", [])}
    return new | dict.fromkeys(change.get("put", []), number)


def make_change(backend: EmbeddedBackend, change: Change, number: int) -> None:
    for name in COLLECTIONS:
        ids = [one for one in change.get("put", []) if one.startswith(name)]
        if ids:
            backend.put(name, [document(one, number) for one in ids])
        ids = [one for one in change.get("delete", []) if one.startswith(name)]
        if ids:
            backend.delete(name, ids)


def ingest(folder: Path, number: int, out: int, draw: random.Random) -> None:
    backend = backend_at(folder)
    while True:
        # Of one collection: that is one transaction, all or none.
        name = draw.choice(COLLECTIONS)
        ids = draw.sample([one for one in IDS if one.startswith(name)], draw.randint(1, 8))
        change = {"delete" if draw.random() < 0.3 else "put": ids}
        number += 1
        os.write(out, json.dumps({"begin": change, "number": number}).encode() + b"\n")
        make_change(backend, change, number)
        os.write(out, json.dumps({"done": number}).encode() + b"\n")


def differences(backend: EmbeddedBackend, state: State) -> list[str]:
    """Where the backend is not in this state, to its last passage."""
    wrong = []
    for one in IDS:
        name = one.partition("/")[0]
        expected = document(one, state[one]) if one in state else None
        if backend.get(name, one) != expected:
            wrong.append(f"get {one}")
        elif one in state:
            hits = backend.search(word_of(one, state[one]), None, 10)
            if [hit.document_id for hit in hits] != [one] * 3:
                wrong.append(f"search {one}: {len(hits)} hits")
    listed = [one.id for name in COLLECTIONS for one in backend.page(name, "", 1000)]
    if listed != sorted(state):
        wrong.append("listing")
    counted = {one.name: (one.documents, one.passages) for one in backend.collections()}
    for name in COLLECTIONS:
        documents = sum(one.startswith(name) for one in state)
        if counted.get(name, (0, 0)) != (documents, 3 * documents):
            wrong.append(f"count of {name}")
    assert backend._indexes is not None
    sizes = {name: len(index) for name, index in backend._indexes.current().items()}
    if sizes != {name: passages for name, (_, passages) in counted.items()}:
        wrong.append(f"index {sizes}")
    return wrong


def check(folder: Path, states: list[State], gone: list[str], out: int) -> None:
    backend = backend_at(folder)
    results = [differences(backend, state) for state in states]
    found_again = [word for word in gone if backend.search(word, None, 1)]
    backend.close()
    os.write(out, json.dumps({"results": results, "found_again": found_again}).encode() + b"\n")


def in_child(work: Callable[[int], None], life_s: float | None) -> list[str]:
    """What the work wrote to its pipe, in whole lines; killed after `life_s` if given."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            work(writing)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    if life_s is not None:
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as lines:
        *whole, _ = lines.read().split(b"\n")
    _, status = os.waitpid(child, 0)
    if life_s is None and status != 0:
        raise SystemExit(f"a child ended with status {status}")
    if life_s is not None and not os.WIFSIGNALED(status):
        raise SystemExit(f"the changing child ended by itself: {status}")
    return [line.decode() for line in whole]


def main(folder: Path, rounds: int, seed: int) -> None:
    warm_up()
    draw = random.Random(seed)
    state: State = {}
    number = acknowledged = in_flight = applied_in_flight = 0
    for _ in range(rounds):
        child_seed, start = draw.random(), number
        lines = in_child(
            lambda out, start=start, seed=child_seed: ingest(  # type: ignore[misc]
                folder, start, out, random.Random(seed)
            ),
            draw.uniform(0, MAX_LIFE_S),
        )
        pending: Change | None = None
        gone: list[str] = []
        for line in map(json.loads, lines):
            if "begin" in line:
                number, pending = line["number"], line["begin"]
            elif pending is not None:
                ids = [one for given in pending.values() for one in given]
                gone += [word_of(one, state[one]) for one in ids if one in state]
                state, pending = applied(state, pending, number), None
                acknowledged += 1
        states = [state] if pending is None else [state, applied(state, pending, number)]
        (answer,) = in_child(lambda out, s=states, g=gone: check(folder, s, g, out), None)  # type: ignore[misc]
        told = json.loads(answer)
        fitting = [one for one, wrong in zip(states, told["results"], strict=True) if not wrong]
        if not fitting or told["found_again"]:
            raise SystemExit(f"after change {number}: {answer}")
        in_flight += pending is not None
        applied_in_flight += pending is not None and fitting[-1] is states[-1] != state
        state = fitting[-1]
    print(
        json.dumps(
            {
                "acknowledged": acknowledged,
                "in_flight": in_flight,
                "applied_in_flight": applied_in_flight,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
