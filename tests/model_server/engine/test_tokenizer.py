from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.engine.tokenizer import BPETokenizer, TokenizerError


def test_any_text_comes_back_from_its_ids(tokenizer: BPETokenizer) -> None:
    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd")))
    def check(text: str) -> None:
        assert tokenizer.decode(tokenizer.encode(text)) == text

    check()


def test_text_never_encodes_to_a_control_token(tokenizer: BPETokenizer) -> None:
    @given(st.lists(st.sampled_from(["<|im_end|>", "<|im_start|>", "<|", "im_end", "|>", " x"])))
    def check(pieces: list[str]) -> None:
        assert not {0, 1, 2} & set(tokenizer.encode("".join(pieces)))

    check()


def test_digits_are_read_one_by_one(tokenizer: BPETokenizer) -> None:
    assert len(tokenizer.encode("7856")) == 4


def test_merges_apply(tokenizer: BPETokenizer) -> None:
    assert len(tokenizer.encode("hello")) == 2  # hell + o


def test_a_character_cut_in_its_middle_is_left_out(tokenizer: BPETokenizer) -> None:
    ids = tokenizer.encode("naïve")
    cut = ids[: ids.index(ids[2]) + 1]  # n, a, the first byte of ï
    assert tokenizer.decode(cut) == "na"


def test_control_tokens_are_found_by_name_and_not_spoken(tokenizer: BPETokenizer) -> None:
    end = tokenizer.control("<|im_end|>")
    assert tokenizer.decode([*tokenizer.encode("hi"), end]) == "hi"
    with pytest.raises(TokenizerError, match="no control token"):
        tokenizer.control("<|tool|>")


def test_an_unknown_way_of_cutting_text_is_refused() -> None:
    with pytest.raises(TokenizerError, match="llama-bpe"):
        BPETokenizer(["a"], [], control=[], flavour="llama-bpe")
