"""Damaged files are named and dropped and their documents come back; failed writes lose nothing."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.retrieval.bm25 import Index, ReferenceIndex, Scoring, manifest, segment
from services.retrieval.bm25 import index as index_module
from services.retrieval.bm25.files import ChecksummedFile, DamagedError, verify
from services.retrieval.bm25.segment import KINDS

CORPUS = {one: [f"t{one % 7}", f"t{one % 11}", f"u{one}", "x"] for one in range(60)}
FIRST, SECOND = range(30), range(30, 60)
QUERIES = (["t3", "u40"], ["t5", "t6", "t5"], ["u1"], ["unknown"])


def build(folder: Path) -> None:
    index = Index.open(folder, Scoring())
    for ids in (FIRST, SECOND):
        index.add((one, CORPUS[one]) for one in ids)
        index.seal()
    index.close()


def assert_exact(index: Index, corpus: dict[int, list[str]] = CORPUS) -> None:
    reference = ReferenceIndex(index.scoring)
    reference.add(corpus.items())
    assert len(index) == len(corpus)
    for terms in QUERIES:
        assert index.search(terms, 100) == reference.search(terms, 100)


def segments(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir())


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [flip, truncate, Path.unlink])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_named_and_its_documents_come_back(
    tmp_path: Path, kind: str, damage: Callable[[Path], None]
) -> None:
    build(tmp_path)
    damage(segments(tmp_path)[0] / f"{kind}.bin")
    index = Index.open(tmp_path, Scoring())
    assert len(index.damaged) == 1
    assert f"{segments(tmp_path)[0].parent}" in index.damaged[0]
    assert f"{kind}.bin" in index.damaged[0]
    assert len(segments(tmp_path)) == 1
    missing = index.reconcile(np.array(list(CORPUS)))
    assert missing.tolist() == list(FIRST)
    index.add((one, CORPUS[one]) for one in missing.tolist())
    assert_exact(index)
    index.seal()
    index.close()
    again = Index.open(tmp_path, Scoring())
    assert (again.damaged, again.reconcile(np.array(list(CORPUS))).tolist()) == ([], [])
    assert_exact(again)


@pytest.mark.parametrize("damage", [flip, truncate, Path.unlink])
def test_a_damaged_manifest_is_named_and_all_documents_come_back(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    build(tmp_path)
    damage(tmp_path / "manifest.json")
    index = Index.open(tmp_path, Scoring())
    assert "manifest.json" in index.damaged[0]
    assert segments(tmp_path) == []
    assert index.reconcile(np.array(list(CORPUS))).tolist() == list(CORPUS)


def test_a_reader_names_damage_and_leaves_the_files_alone(tmp_path: Path) -> None:
    build(tmp_path)
    flip(segments(tmp_path)[1] / "docs.bin")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    reader = Index.open(tmp_path, Scoring(), writable=False)
    assert "docs.bin" in reader.damaged[0]
    assert_exact(reader, {one: CORPUS[one] for one in FIRST})
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == before


def test_what_a_crash_left_behind_is_removed(tmp_path: Path) -> None:
    build(tmp_path)
    for name in ("new-00000009", "00000008"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "docs.bin").write_bytes(b"half")
    (tmp_path / "manifest.json.new").write_bytes(b"half")
    index = Index.open(tmp_path, Scoring())
    assert len(segments(tmp_path)) == 2
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == [
        "lock",
        "manifest.json",
    ]
    assert_exact(index)


def test_what_the_index_did_not_make_is_left_alone(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"x")
    (tmp_path / "letter.txt").write_bytes(b"x")
    assert_exact(Index.open(tmp_path, Scoring()))
    assert (tmp_path / "photos" / "one.jpg").exists()
    assert (tmp_path / "letter.txt").exists()


def test_a_segment_merged_away_while_it_is_opened_is_replaced_by_the_merged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path)
    writer = Index.open(tmp_path, Scoring())
    verified: list[Path] = []

    def merging_meanwhile(path: Path, size: int, checksum: int) -> None:
        verify(path, size, checksum)
        verified.append(path)
        if len(verified) == 4:
            assert writer.merge(everything=True)

    monkeypatch.setattr(segment, "verify", merging_meanwhile)
    reader = Index.open(tmp_path, Scoring(), writable=False)
    assert reader.damaged == []
    assert_exact(reader)


@pytest.mark.parametrize("what", ["seal", "merge"])
def test_a_segment_that_cannot_be_read_after_it_was_written_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    build(tmp_path)
    index = Index.open(tmp_path, Scoring())
    index.add([(100, ["t3"])])

    def bad(path: Path, size: int, checksum: int) -> None:
        raise DamagedError(f"{path.name} is not what was written")

    monkeypatch.setattr(segment, "verify", bad)
    with pytest.raises(OSError, match="is not what was written"):
        index.seal() if what == "seal" else index.merge(everything=True)
    assert len(segments(tmp_path)) == 2
    assert_exact(index, CORPUS | {100: ["t3"]})
    monkeypatch.undo()
    index.seal()
    assert index.merge(everything=True)
    assert_exact(index, CORPUS | {100: ["t3"]})


def test_an_index_that_could_not_be_opened_can_be_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(manifest, "replace_file", full)
    with pytest.raises(OSError, match="No space") as kept:
        Index.open(tmp_path, Scoring())
    monkeypatch.undo()
    assert Index.open(tmp_path, Scoring()).writable, kept


@pytest.mark.parametrize("after", [0, 4])
def test_on_a_full_disk_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    build(tmp_path)
    index = Index.open(tmp_path, Scoring(), memory_terms=20)
    index.reconcile(np.array(range(40)))
    writes: list[int] = []
    write = ChecksummedFile.write

    def full(self: ChecksummedFile, array: Any) -> None:
        writes.append(1)
        if len(writes) > after:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, array)

    new = {one: [f"t{one % 7}", f"v{one}"] for one in range(100, 120)}
    index.add(new.items())
    now = {one: CORPUS[one] for one in range(40)} | new
    monkeypatch.setattr(ChecksummedFile, "write", full)
    for change in (index.seal, index.merge):
        writes.clear()
        with pytest.raises(OSError, match="No space"):
            change()
        assert_exact(index, now)
    more = {one: [f"t{one % 7}"] for one in range(150, 170)}
    index.add(more.items())  # memory has room for as much again, then it is full
    with pytest.raises(OSError, match="No space"):
        index.add([(200, ["t3"])])
    now |= more
    assert_exact(index, now)
    assert len(segments(tmp_path)) == 2
    monkeypatch.setattr(ChecksummedFile, "write", write)
    index.add([(200, ["t3"])])
    while index.merge():
        assert_exact(index, now | {200: ["t3"]})
    index.seal()
    index.close()
    again = Index.open(tmp_path, Scoring())
    assert again.reconcile(np.array([*now, 200])).tolist() == []
    assert_exact(again, now | {200: ["t3"]})


def test_one_process_writes_files_and_others_do_not(tmp_path: Path) -> None:
    writer = Index.open(tmp_path, Scoring())
    other = Index.open(tmp_path, Scoring())
    assert (writer.writable, other.writable) == (True, False)
    other.add([(1, ["a"])])
    other.seal()
    assert (other.merge(everything=True), writer.refresh(), segments(tmp_path)) == (
        False,
        False,
        [],
    )
    assert other.search(["a"], 1)
    writer.close()
    assert Index.open(tmp_path, Scoring()).writable


def test_a_reader_may_come_before_there_is_anything_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    reader = Index.open(folder, Scoring(), writable=False)
    assert (reader.search(["t3"], 5), reader.refresh(), folder.exists()) == ([], False, False)
    build(folder)
    assert reader.refresh()
    assert_exact(reader)


def test_a_reader_keeps_a_document_it_adds_after_it_took_up_its_segment(tmp_path: Path) -> None:
    """It may hear of a document from the store later than from the files."""
    writer = Index.open(tmp_path, Scoring())
    reader = Index.open(tmp_path, Scoring(), writable=False)
    for one in (1, 2):
        writer.add([(one, ["a"])])
        writer.seal()
        assert reader.refresh()
        reader.add([(one, ["a"])])
    assert not reader.refresh()
    writer.add([(3, ["a"])])
    writer.seal()
    assert reader.refresh()
    assert [one for one, _ in reader.search(["a"], 9)] == [1, 2, 3]
    assert writer.merge(everything=True)
    assert reader.refresh()
    assert [one for one, _ in reader.search(["a"], 9)] == [1, 2, 3]
    assert not len(reader._memory)


def test_documents_deleted_in_memory_give_it_back(tmp_path: Path) -> None:
    index = Index.open(tmp_path, Scoring(), memory_terms=50)
    for one in range(300):
        index.add([(one, ["a", "b"])])
        index.delete([one])
    assert (segments(tmp_path), len(index)) == ([], 0)
    assert len(index._memory.tokens) <= 50


def test_what_is_deleted_or_replaced_while_it_is_sealed_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index.open(tmp_path, Scoring())
    write = segment.write_postings

    def deleting_meanwhile(*arguments: Any) -> segment.SegmentInfo:
        info = write(*arguments)
        index.delete([2])
        index.add([(3, ["new"])])
        return info

    monkeypatch.setattr(index_module, "write_postings", deleting_meanwhile)
    index.add((one, ["a"]) for one in (1, 2, 3, 4))
    index.seal()
    assert [one for one, _ in index.search(["a"], 9)] == [1, 4]
    assert [one for one, _ in index.search(["new"], 9)] == [3]
    assert len(index) == 3


def test_the_newer_of_two_documents_counts_after_a_merge_around_the_older(tmp_path: Path) -> None:
    """Deletions are not written: that a document was replaced shows in the order of segments."""
    index = Index.open(tmp_path, Scoring(), merge_segments=2)
    for documents in ([(9, ["x"])], [(one, ["old"]) for one in range(8)], [(1, ["new"])]):
        index.add(documents)
        index.seal()
    assert index.merge()
    assert [len(part.postings.ids) for part in index._sealed] == [8, 2]
    index.close()
    again = Index.open(tmp_path, Scoring())
    assert [one for one, _ in again.search(["new"], 9)] == [1]
    assert [one for one, _ in again.search(["old"], 9)] == [0, *range(2, 8)]


def test_deleting_twice_counts_once(tmp_path: Path) -> None:
    build(tmp_path)
    index = Index.open(tmp_path, Scoring())
    index.delete([3, 3, 4, 999])
    index.delete([3, 35, 35])
    assert_exact(index, {one: CORPUS[one] for one in CORPUS if one not in (3, 4, 35)})


def test_another_scoring_ranks_the_same_files_exactly(tmp_path: Path) -> None:
    build(tmp_path)
    assert_exact(Index.open(tmp_path, Scoring("plus", k1=0.9), writable=False))
    assert_exact(Index.open(tmp_path, Scoring("l", b=0.2), writable=False))


def test_segments_stay_few_and_deleted_documents_leave_the_disk(tmp_path: Path) -> None:
    index = Index.open(tmp_path, Scoring(), memory_terms=1, merge_segments=3)
    for document in CORPUS.items():
        index.add([document])
        while index.merge():
            pass
        assert len(segments(tmp_path)) <= 8  # 2 of each of the sizes 1, 3, 9, 27
    assert_exact(index)
    index.delete(range(1, 60))
    while index.merge():
        pass
    assert_exact(index, {0: CORPUS[0]})
    index.seal()
    index.delete([0])
    index.merge(everything=True)
    assert (segments(tmp_path), len(index)) == ([], 0)


@pytest.mark.parametrize("one", [-1, 1 << 63])
def test_an_id_out_of_range_is_refused(tmp_path: Path, one: int) -> None:
    with pytest.raises(ValueError, match="below 2"):
        Index.open(tmp_path, Scoring()).add([(one, ["a"])])


@pytest.mark.parametrize(
    "wrong", [{"variant": "bm25"}, {"k1": 0.0}, {"b": 1.5}, {"epsilon": -1.0}, {"delta": -0.1}]
)
def test_a_wrong_scoring_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        Scoring(**wrong)
