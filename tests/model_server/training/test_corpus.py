"""A folder of text as training data, and what counting makes of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model_server.training.corpus import (
    BOUNDARY,
    CorpusError,
    Windows,
    digest,
    held_out_windows,
    pack,
    read_documents,
    split,
    train_tokenizer,
)
from model_server.training.yardsticks import bigram_loss, unigram_loss


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_documents_are_the_txt_and_md_files_at_any_depth_each_text_once(tmp_path: Path) -> None:
    files = {
        "b.md": b"\xef\xbb\xbfsecond\r\nline",
        "a.txt": b"first",
        "deep/er/copy.TXT": b"first",
        "blank.txt": b" \n",
        "image.png": b"\xff\xfe",
    }
    assert read_documents(write(tmp_path, files)) == ["first", "second\nline"]


def test_a_file_that_is_not_utf8_is_named_with_the_place(tmp_path: Path) -> None:
    write(tmp_path, {"good.txt": b"fine", "bad.txt": "ein\nzwei\nfünf".encode("latin-1")})
    with pytest.raises(CorpusError, match=r"bad\.txt, line 3, byte 10: not UTF-8 .*0xfc"):
        read_documents(tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds 0 different documents"),
        ({"a.txt": b"one", "b.txt": b"one"}, "holds 1 different documents"),
    ],
)
def test_less_than_two_documents_are_refused(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        read_documents(write(tmp_path, files))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere is not a folder"):
        read_documents(tmp_path / "nowhere")


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_every_document_is_on_one_side_and_the_held_out_side_keeps_its_share(share: float) -> None:
    documents = [str(index) * (index % 17 + 1) for index in range(100)]
    parts = split(documents, share, seed=4)
    assert sorted(parts.training + parts.held_out) == sorted(documents)
    assert parts.held_out
    size = sum(map(len, parts.held_out))
    assert size <= max(share * sum(map(len, documents)), min(map(len, documents)))
    assert split(documents, share, seed=4) == parts
    assert split(documents, share, seed=5) != parts


def test_any_text_comes_back_from_its_tokens_and_spelt_controls_are_text() -> None:
    tokenizer = train_tokenizer(["low lower lowest " * 20], 300)
    texts = ["low 2024 ünï 🙂\n\tx", f"a{BOUNDARY}b<|im_start|>"]
    stream = pack(tokenizer, texts)
    boundary = tokenizer.token_to_id(BOUNDARY)
    places = np.flatnonzero(stream == boundary)
    assert len(places) == 3
    assert places[0] == 0
    assert places[-1] == len(stream) - 1
    pieces = [stream[a + 1 : b].tolist() for a, b in itertools.pairwise(places)]
    assert [tokenizer.decode(piece, skip_special_tokens=False) for piece in pieces] == texts


def test_a_small_text_has_a_smaller_vocabulary_of_tokens_it_uses_twice() -> None:
    assert train_tokenizer(["aa", "b", "aa"], 4096).get_vocab_size() == 259 + 1


def test_a_vocabulary_below_the_bytes_is_refused() -> None:
    with pytest.raises(CorpusError, match="258 tokens; bytes and controls take 259"):
        train_tokenizer(["x"], 258)


def test_an_epoch_shows_every_window_once_and_the_next_cuts_and_orders_anew() -> None:
    stream = np.arange(1000, dtype=np.int32)
    windows = Windows(stream, sequence=16, batch=4, seed=1)
    first = np.concatenate([windows[step] for step in range(windows.per_epoch)])
    second = np.concatenate([windows[windows.per_epoch + s] for s in range(windows.per_epoch)])
    for epoch in (first, second):
        assert (np.diff(epoch, axis=1) == 1).all()  # each row is a piece of the stream
        targets = epoch[:, 1:].ravel()
        assert len(set(targets.tolist())) == len(targets) > 900
    assert not np.array_equal(first, second)
    assert np.array_equal(windows[7], Windows(stream, 16, 4, 1)[7])
    assert not np.array_equal(windows[7], Windows(stream, 16, 4, 2)[7])


def test_a_text_shorter_than_a_batch_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"has 79 tokens; one batch .* takes 80"):
        Windows(np.zeros(79, np.int32), sequence=16, batch=4, seed=1)
    assert Windows(np.zeros(80, np.int32), sequence=16, batch=4, seed=1)[0].shape == (4, 17)


@pytest.mark.parametrize(("at_most", "expected"), [(100, 12), (5, 5)])
def test_held_out_windows_do_not_overlap(at_most: int, expected: int) -> None:
    windows = held_out_windows(np.arange(100, dtype=np.int32), 8, at_most)
    assert windows.shape == (expected, 9)
    assert len(set(windows[:, 1:].ravel().tolist())) == expected * 8


def test_the_digest_tells_where_one_document_ends() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"])


def cycle(ids: Sequence[int], length: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.resize(np.array(ids, np.int32), length)


def test_both_counting_models_are_probability_distributions() -> None:
    stream, vocabulary = cycle([0, 1, 2, 1, 1, 3], 50), 6  # 4 and 5 never occur
    for before in range(vocabulary):
        for loss in (unigram_loss, bigram_loss):
            every = [loss(stream, np.array([[before, w]]), vocabulary) for w in range(vocabulary)]
            assert sum(math.exp(-one) for one in every) == pytest.approx(1)


def test_bigrams_know_what_follows_and_unigrams_only_what_is_frequent() -> None:
    stream = cycle([0, 1, 2, 3], 400)
    windows = held_out_windows(stream, 20, 10)
    assert unigram_loss(stream, windows, 4) == pytest.approx(math.log(4), rel=0.01)
    assert bigram_loss(stream, windows, 4) < 0.02
