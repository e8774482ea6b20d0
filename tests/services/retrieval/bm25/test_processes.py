"""Killed, shared and searched meanwhile: the index opens consistently and answers exactly."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.retrieval.bm25 import Index, ReferenceIndex, Scoring, compiled

ROOT = Path(__file__).parents[4]

KILLING = """
import os, random, select, signal, sys, time
from pathlib import Path

import numpy as np

from services.retrieval.bm25 import Index, ReferenceIndex, Scoring

folder, seed = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
LIMITS = {"memory_terms": 60, "merge_segments": 2}

def terms(one):
    return [f"t{one % 7}", f"t{one % 11}", f"u{one}"]

def work(first, told):
    # Told before a deletion and after a seal: what the store would know.
    index = Index.open(folder, Scoring(), **LIMITS)
    os.write(told, b"o 0\\n")
    for one in range(first, first + 100_000):
        index.add([(one, terms(one))])
        if one % 5 == 0 and one > 20:
            os.write(told, b"d %d\\n" % (one - 17))
            index.delete([one - 17])
        if one % 9 == 0:
            index.seal()
            os.write(told, b"s %d\\n" % one)
        if one % 4 == 0:
            index.merge()

Index.open(folder, Scoring()).close()  # compiles before the children start
known, deleted, kills, later = 0, set(), 0, 0
# On a busy machine some are killed before they have sealed anything.
while kills < 30 or (later < 5 and kills < 300):
    kills += 1
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        work(known + 1, told)
    os.close(told)
    assert select.select([heard], [], [], 60)[0]
    time.sleep(seed.random() * 0.15)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sealed = known
    with os.fdopen(heard, "rb") as said:
        for line in said:
            if line.endswith(b"\\n"):
                what, one = line.split()
                if what == b"d":
                    deleted.add(int(one))
                elif what == b"s":
                    sealed = int(one)
    index = Index.open(folder, Scoring(), **LIMITS)
    assert index.writable and index.damaged == [], index.damaged
    later += sealed > known
    live = set(range(1, sealed + 1)) - deleted
    missing = set(index.reconcile(np.array(sorted(live))).tolist())
    assert missing == set(), f"sealed, then lost: {missing}"
    reference = ReferenceIndex(Scoring())
    reference.add((one, terms(one)) for one in live)
    for query in (["t3", "u40"], ["t5", "t6", "t5"], [f"u{sealed}"]):
        assert index.search(query, 20) == reference.search(query, 20)
    index.close()
    known = sealed
print(kills, later)
"""


def test_a_killed_writer_leaves_an_index_with_all_that_was_sealed(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLING, str(tmp_path), "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    kills, later = map(int, run.stdout.split())
    assert kills >= 20
    assert later >= 5, "the writer was killed before it had sealed anything"


WRITER = """
import sys
from pathlib import Path
from services.retrieval.bm25 import Index, Scoring

index = Index.open(Path(sys.argv[1]), Scoring(), merge_segments=2)
for line in sys.stdin:
    what, *ids = line.split()
    if what == "add":
        index.add((int(one), [f"t{int(one) % 3}", "x"]) for one in ids)
        index.seal()
    elif what == "delete":
        index.delete(map(int, ids))
    else:
        assert index.merge(everything=True)
    print("done", flush=True)
"""


def test_a_reader_takes_up_what_another_process_sealed_and_merged(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        asked, answered = writer.stdin, writer.stdout

        def tell(line: str) -> None:
            print(line, file=asked, flush=True)
            assert answered.readline() == "done\n"

        tell("add 1 2 3")
        reader = Index.open(tmp_path, Scoring())
        assert (reader.writable, len(reader)) == (False, 3)
        tell("add 4 5 6")
        assert len(reader) == 3
        assert (reader.refresh(), reader.refresh(), len(reader)) == (True, False, 6)
        reader.delete([2])
        reader.add((one, [f"t{one % 3}", "x"]) for one in (7, 9))
        reader.delete([8])
        tell("add 7 8")
        assert reader.refresh()
        assert [one for one, _ in reader.search(["x"], 9)] == [1, 3, 4, 5, 6, 7, 9]
        tell("delete 5 7 8")
        reader.delete([7, 9])
        tell("merge")
        reference = ReferenceIndex(Scoring())
        reference.add((one, [f"t{one % 3}", "x"]) for one in (1, 3, 4, 5, 6))
        assert reader.search(["t1"], 9) == reference.search(["t1"], 9)  # files that are gone
        assert reader.refresh()
        reference.delete([5])
        assert reader.search(["t1"], 9) == reference.search(["t1"], 9)
        assert [one for one, _ in reader.search(["x"], 9)] == [1, 3, 4, 6]
        writer.stdin.close()
        assert writer.wait(timeout=30) == 0


def test_searches_are_exact_while_others_add_delete_seal_and_merge(tmp_path: Path) -> None:
    index = Index.open(tmp_path, Scoring(), memory_terms=400, merge_segments=2)
    generator = np.random.default_rng(3)
    corpus = {one: [f"t{it}" for it in generator.integers(90, size=6)] for one in range(1, 1500)}
    begun, done, going = [0], [0], threading.Event()
    failures: list[BaseException] = []
    seen = []

    def change() -> None:
        for one, terms in corpus.items():
            begun[0] = one
            index.add([(one, terms)])
            if one % 3 == 0:
                index.delete([one // 3])
            done[0] = one

    def merge() -> None:
        while not going.is_set():
            index.merge()

    def search() -> None:
        own = np.random.default_rng(threading.get_ident() % 1000)
        while not going.is_set():
            terms = [f"t{it}" for it in own.integers(90, size=3)]
            before = done[0]
            state = index.corpus()
            after = begun[0]
            found = [(one, score) for _, one, score in state.search(terms, 10)]
            seen.append((before, after, state, terms, found))
            going.wait(0.005)

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            failures.append(error)

    others = [threading.Thread(target=guarded, args=(work,)) for work in (merge, search, search)]
    for thread in others:
        thread.start()
    guarded(change)
    deadline = time.monotonic() + 60
    while len(seen) < 20 and not failures and time.monotonic() < deadline:
        time.sleep(0.01)
    going.set()
    for thread in others:
        thread.join(timeout=60)
    assert failures == []
    assert len(seen) >= 20
    for before, after, state, terms, found in seen[:: max(len(seen) // 40, 1)]:
        live = [one for _, part in state.parts for one in part.living_ids().tolist()]
        assert len(live) == len(set(live))
        assert set(range(after // 3 + 1, before + 1)) <= set(live) <= set(range(1, after + 1))
        assert set(live).isdisjoint(range(1, before // 3 + 1))
        reference = ReferenceIndex(Scoring())
        reference.add((one, corpus[one]) for one in live)
        assert found == reference.search(terms, 10)


def compiled_forms() -> dict[str, int]:
    """For how many combinations of types each loop was compiled or loaded."""
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("services.retrieval.bm25."):
            for value in vars(module).values():
                if isinstance(value, compiled._Compiled):
                    machine: Any = value.machine()
                    found[value._function.__qualname__] = len(machine.signatures)
    return found


def test_no_request_waits_for_a_compiler(tmp_path: Path) -> None:
    """Opening compiles every loop for every type it will ever get."""
    index = Index.open(tmp_path, Scoring())
    before = compiled_forms()
    assert sum(before.values()) > 10
    for variant in ("okapi", "l", "plus"):
        folder = tmp_path / variant
        index = Index.open(folder, Scoring(variant), memory_terms=500, merge_segments=2)
        for start in (0, 1000, 500):
            index.add((one, [f"t{one % 9}", "x"]) for one in range(start, start + 400))
            index.delete([start, start + 300])
            index.search(["t1", "x", "unknown"], 5)
            index.scores(["t1"], [3])
        while index.merge():
            index.search(["t1", "x"], 5)
        index.close()
        index = Index.open(folder, Scoring(variant))
        index.search(["t1", "x", "x"], 5)
        index.delete([7])
        index.search(["t7"], 5)
        index.close()
    assert compiled_forms() == before


def test_it_works_where_compiled_code_cannot_be_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba  # noqa: PLC0415  only this test needs it itself

    njit = numba.njit

    def nowhere(*, nogil: bool, cache: bool = False) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(nogil=nogil)

    monkeypatch.setattr(numba, "njit", nowhere)

    @compiled.compiled
    def double(number: int) -> int:
        return number * 2

    assert double(21) == 42


WARMING = """
import resource, sys
from services.retrieval.bm25 import warm_up
from services.retrieval.bm25.vocabulary import Vocabulary

if sys.argv[1] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
warm_up._run_everything = lambda: print(Vocabulary.of(["a", "b"]).find(["b"]).tolist())
warm_up.warm_up()
"""


@pytest.mark.parametrize("trouble", ["full", "nbi", "nbc"])
def test_it_works_where_the_cache_of_compiled_code_is_damaged_or_its_disk_full(
    tmp_path: Path, trouble: str
) -> None:
    def warm(trouble: str) -> tuple[str, str]:
        run = subprocess.run(
            [sys.executable, "-c", WARMING, trouble],
            cwd=ROOT,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return run.stdout, run.stderr

    if trouble != "full":
        assert warm("none") == ("[1]\n", "")
        damaged = list(tmp_path.rglob(f"*.{trouble}"))
        assert damaged
        for path in damaged:
            path.write_bytes(b"")
    found, said = warm(trouble)
    assert found == "[1]\n"
    assert "without numba's cache" in said
