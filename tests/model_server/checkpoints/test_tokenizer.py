from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from model_server.checkpoints.tokenizer import BPETokenizer, TokenizerError

ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
# All but what SentencePiece writes for a space, and reads as one.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="▁")
ANY_TEXT = st.text(alphabet=LETTERS, max_size=40)
SPELT_OUT = st.lists(
    st.sampled_from(["<|im_end|>", "<|im_start|>", "<|", "im_end", "|>", " x", "<s>", "<tool>"])
).map("".join)
LEARNED_FROM = [
    "Hello there, hello world! It's 7856 or 12,000 of them; we'll see.\n\n  def f(x):\n\treturn x",
    "Was 3 kostet, weiß ich nicht. Où est-ce qu'il y en a ? 日本語 naïve ½ ٣٤",
]


def trained_json(pre_tokenizer: pre_tokenizers.PreTokenizer, **options: object) -> str:
    """A byte-level tokenizer.json with added tokens, one of them not special."""
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=ALPHABET, show_progress=False,
        special_tokens=["<|im_start|>", "<|im_end|>"],
    )  # fmt: skip
    tokenizer.train_from_iterator(LEARNED_FROM * 3, trainer)
    tokenizer.add_tokens([AddedToken("<tool>", special=False)])
    start = tokenizer.token_to_id("<|im_start|>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", start)]
    )
    return str(tokenizer.to_str())


def byte_level_json() -> str:
    return trained_json(pre_tokenizers.ByteLevel(add_prefix_space=False))


def sentencepiece_parts() -> tuple[list[str], list[float]]:
    """As a GGUF file of a Llama 2 has them: unknown, control, bytes, then pieces by score."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    pieces = ["▁t", "he", "▁the", "▁▁", "in", "ing", "▁h", "▁he"]
    letters = [*"▁abcdefghinot<|>_ms"]
    vocabulary = ["<unk>", "<s>", "</s>", *bytes_, *pieces, *letters]
    scores = [0.0] * 259 + [-float(rank) for rank in range(len(pieces) + len(letters))]
    return vocabulary, scores


def sentencepiece() -> BPETokenizer:
    vocabulary, scores = sentencepiece_parts()
    return BPETokenizer.sentencepiece(vocabulary, scores, control=[0, 1, 2])


def sentencepiece_json() -> str:
    """The same as Hugging Face's converter writes it, a space before the text included."""
    vocabulary, _ = sentencepiece_parts()
    ids = {token: index for index, token in enumerate(vocabulary)}
    merges = [("▁", "t"), ("h", "e"), ("▁t", "he"), ("▁", "▁"), ("i", "n"), ("in", "g")]
    merges += [("▁", "h"), ("▁", "he"), ("▁h", "e")]
    bpe = models.BPE(ids, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return str(tokenizer.to_str())


MADE: dict[str, Callable[[], BPETokenizer]] = {
    "tokenizer.json": lambda: BPETokenizer.from_json(byte_level_json()),
    "sentencepiece": sentencepiece,
    "sentencepiece json": lambda: BPETokenizer.from_json(sentencepiece_json()),
}


@pytest.fixture(params=["smollm", "llama-bpe", *MADE])
def any_tokenizer(request: pytest.FixtureRequest, tokenizer: BPETokenizer) -> BPETokenizer:
    if request.param in MADE:
        return MADE[request.param]()
    if request.param == "smollm":
        return tokenizer
    vocabulary = ["<|im_start|>", "<|im_end|>", *ALPHABET, "he", "<tool>"]
    return BPETokenizer.byte_level(
        vocabulary, ["h e"], control=[0, 1], flavour="llama-bpe", literal=[len(vocabulary) - 1]
    )


def test_any_text_comes_back_from_its_ids(any_tokenizer: BPETokenizer) -> None:
    @given(ANY_TEXT)
    def check(text: str) -> None:
        assert any_tokenizer.decode(any_tokenizer.encode(text)) == text

    check()


def test_the_pieces_of_a_text_are_its_bytes(any_tokenizer: BPETokenizer) -> None:
    @given(ANY_TEXT)
    def check(text: str) -> None:
        ids = any_tokenizer.encode(text)
        assert b"".join(map(any_tokenizer.piece, ids)) == text.encode()

    check()


def test_text_never_encodes_to_an_added_token(any_tokenizer: BPETokenizer) -> None:
    added = {"<|im_end|>", "<|im_start|>", "<s>", "</s>", "<unk>", "<tool>"}

    @given(SPELT_OUT)
    def check(text: str) -> None:
        ids = any_tokenizer.encode(text)
        spelt = {any_tokenizer.piece(index).decode(errors="ignore") for index in ids}
        assert not added & spelt
        assert not [index for index in ids if any_tokenizer.piece(index) == b""]

    check()


def test_digits_are_read_one_by_one(tokenizer: BPETokenizer) -> None:
    assert len(tokenizer.encode("7856")) == 4


def test_merges_apply(tokenizer: BPETokenizer) -> None:
    assert len(tokenizer.encode("hello")) == 2  # hell + o


def test_a_character_cut_in_its_middle_is_left_out(any_tokenizer: BPETokenizer) -> None:
    ids = any_tokenizer.encode("na日")
    cut = ids[: ids.index(ids[-1])]
    assert any_tokenizer.decode(cut) == "na"


def test_control_tokens_are_found_by_name_and_not_spoken(tokenizer: BPETokenizer) -> None:
    end = tokenizer.control("<|im_end|>")
    assert tokenizer.piece(end) == b""
    assert tokenizer.decode([*tokenizer.encode("hi"), end]) == "hi"
    with pytest.raises(TokenizerError, match="no control token"):
        tokenizer.control("<|tool|>")


def test_padding_of_the_embedding_says_nothing(tokenizer: BPETokenizer) -> None:
    assert tokenizer.piece(tokenizer.vocab_size) == b""


def test_an_added_token_that_is_not_special_is_spoken_as_it_reads() -> None:
    text = byte_level_json()
    [index] = [one["id"] for one in json.loads(text)["added_tokens"] if one["content"] == "<tool>"]
    tokenizer = BPETokenizer.from_json(text)
    assert tokenizer.piece(index) == b"<tool>"
    assert tokenizer.vocab_size == index + 1


# Cut as their models' own tokenizer.json say it.
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
JSON_CUTS = {
    "smollm": [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)],
    "llama-bpe": [
        pre_tokenizers.Split(Regex(LLAMA_3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ],
    "qwen2": [
        pre_tokenizers.Split(Regex(LLAMA_3.replace("{1,3}", "")), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ],
}


@pytest.mark.parametrize("flavour", JSON_CUTS)
def test_a_gguf_vocabulary_encodes_as_the_same_models_tokenizer_json(flavour: str) -> None:
    ignore_merges = flavour == "llama-bpe"
    text = trained_json(pre_tokenizers.Sequence(JSON_CUTS[flavour]), ignore_merges=ignore_merges)
    stored = json.loads(text)
    ids: dict[str, int] = stored["model"]["vocab"]
    merges = [" ".join(pair) for pair in stored["model"]["merges"]]
    gguf = BPETokenizer.byte_level(list(ids), merges, control=[0, 1], flavour=flavour)
    folder = BPETokenizer.from_json(text)
    plain = Tokenizer.from_str(text)

    @given(st.one_of(ANY_TEXT, st.sampled_from(LEARNED_FROM)))
    def check(written: str) -> None:
        written = unicodedata.normalize("NFC", written)  # what qwen2's own does first
        assert gguf.encode(written) == folder.encode(written)
        assert folder.encode(written) == plain.encode(written, add_special_tokens=False).ids

    check()


def test_scores_merge_as_the_merges_hugging_face_writes_for_them() -> None:
    by_score, by_merges = sentencepiece(), BPETokenizer.from_json(sentencepiece_json())

    @given(st.one_of(ANY_TEXT, st.text(alphabet="the ing")))
    def check(text: str) -> None:
        assert by_score.encode(text) == by_merges.encode(text)

    check()
    assert len(by_score.encode(" the")) == 1


def test_a_text_given_to_a_sentencepiece_tokenizer_gets_no_space_before_it() -> None:
    given_ = Tokenizer.from_str(sentencepiece_json())
    spaced = given_.encode("the thing", add_special_tokens=False).ids
    tokenizer = BPETokenizer.from_json(sentencepiece_json())
    assert tokenizer.encode(" the thing") == spaced
    assert tokenizer.encode("the thing") != spaced


def test_an_unknown_way_of_cutting_text_is_refused_with_the_known() -> None:
    with pytest.raises(TokenizerError, match=r"gpt-4o.*smollm.*llama-bpe, qwen2"):
        BPETokenizer.byte_level(["a"], [], control=[], flavour="gpt-4o")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a readable"),
        ("[]", "not a readable"),
        ('{"model": {"type": "Unigram", "vocab": []}}', "Unigram.*BPE"),
        ('{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}', "byte-level"),
    ],
)
def test_another_kind_of_tokenizer_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(TokenizerError, match=message):
        BPETokenizer.from_json(text)
