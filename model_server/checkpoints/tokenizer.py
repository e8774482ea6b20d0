"""Text <-> token ids: byte-pair encoding through the `tokenizers` library.

byte_level      a GGUF file's vocabulary and merges (GPT-2's way: SmolLM2, Llama 3, Qwen2)
sentencepiece   a GGUF file's vocabulary and scores (Llama 2, Mistral)
from_json       a tokenizer.json of either kind

`encode` never produces a control token: text that spells `<|im_end|>` is encoded as those
characters, so no message, snippet or document can close its own turn. Control tokens are asked for
by name with `control`. Nothing is put before a text either, so that a text is its tokens' bytes
(`piece`) laid end to end.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# How text is cut before merging, by GGUF's `tokenizer.ggml.pre`: (pattern, GPT-2's cuts after it).
_SMOLLM = (r"\p{N}", True)
_CUTS = {
    "smollm": _SMOLLM,
    "starcoder": _SMOLLM,
    "refact": _SMOLLM,
    "command-r": _SMOLLM,
    "llama-bpe": (_WORDS % r"\p{N}{1,3}", False),
    "qwen2": (_WORDS % r"\p{N}", False),
}
_SPACE = "▁"  # SentencePiece's
_BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")


def _byte_of_letter() -> dict[int, int]:
    """GPT-2's letters for bytes that are not printable, for str.translate."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {256 + index: byte for index, byte in enumerate(others)}


_BYTE_OF_LETTER = _byte_of_letter()


class TokenizerError(Exception):
    """The vocabulary cannot be used, or has no such token; the message says why."""


class BPETokenizer:
    def __init__(
        self,
        tokenizer: Tokenizer,
        vocabulary: Sequence[str],
        control: Mapping[str, int],
        literal: Collection[int],
        *,
        sentencepiece: bool,
    ) -> None:
        """`vocabulary[i]` is token i as the library spells it, `control` ids by name.

        `literal`: tokens that are spelt as they read, and that text does not encode to either.
        """
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._control = dict(control)
        self._silent = frozenset(control.values())
        self._literal = frozenset(literal)
        self._sentencepiece = sentencepiece
        self.vocab_size = len(vocabulary)

    @classmethod
    def byte_level(
        cls,
        vocabulary: Sequence[str],
        merges: Sequence[str],
        control: Sequence[int],
        flavour: str,
        literal: Collection[int] = (),
    ) -> BPETokenizer:
        """From a GGUF file: `merges` are "left right", `flavour` is its `tokenizer.ggml.pre`."""
        if flavour not in _CUTS:
            raise TokenizerError(f"pre-tokenizer {flavour!r} is unknown; known: {', '.join(_CUTS)}")
        pattern, gpt2_cuts = _CUTS[flavour]
        unread = {*control, *literal}
        ids = {token: index for index, token in enumerate(vocabulary) if index not in unread}
        pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
        tokenizer = Tokenizer(models.BPE(ids, pairs, ignore_merges=flavour == "llama-bpe"))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(pattern), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=gpt2_cuts),
            ]
        )
        if flavour == "qwen2":
            tokenizer.normalizer = normalizers.NFC()
        named = {vocabulary[index]: index for index in control}
        return cls(tokenizer, vocabulary, named, literal, sentencepiece=False)

    @classmethod
    def sentencepiece(
        cls,
        vocabulary: Sequence[str],
        scores: Sequence[float],
        control: Sequence[int],
        literal: Collection[int] = (),
    ) -> BPETokenizer:
        """From a GGUF file's scores: the pair that makes the best token is merged first."""
        unread = {*control, *literal}
        ids = {token: index for index, token in enumerate(vocabulary) if index not in unread}
        pairs = sorted(_pairs(ids, scores))
        merges = [(vocabulary[left], vocabulary[right]) for _, left, right in pairs]
        tokenizer = Tokenizer(models.BPE(ids, merges, byte_fallback=True))
        tokenizer.normalizer = normalizers.Replace(" ", _SPACE)
        named = {vocabulary[index]: index for index in control}
        return cls(tokenizer, vocabulary, named, literal, sentencepiece=True)

    @classmethod
    def from_json(cls, text: str) -> BPETokenizer:
        """From a tokenizer.json. Its added tokens are never matched in text; special: control."""
        try:
            stored = json.loads(text)
            model = stored["model"]
            sentencepiece = bool(model.get("byte_fallback"))
            cuts = json.dumps(stored.get("pre_tokenizer"))
            if model.get("type", "BPE") != "BPE" or not (sentencepiece or '"ByteLevel"' in cuts):
                raise TokenizerError(
                    f"a {model.get('type')} model; known: BPE, byte-level or with byte fallback"
                )
            added = {token["id"]: token for token in stored.get("added_tokens") or ()}
            spelt = model["vocab"] | {token["content"]: i for i, token in added.items()}
            model["vocab"] = {t: i for t, i in spelt.items() if i not in added}
            model["unk_token"] = None
            for step in ("post_processor", "decoder", "padding", "truncation"):
                stored[step] = None
            for step in ("normalizer", "pre_tokenizer"):
                stored[step] = _without_prefix(stored.get(step))
            stored["added_tokens"] = []
            tokenizer = Tokenizer.from_str(json.dumps(stored))
        except TokenizerError:
            raise
        except Exception as error:  # the library raises Exception itself
            raise TokenizerError(f"not a readable tokenizer.json ({error!r})") from error
        control = {token["content"]: i for i, token in added.items() if token.get("special")}
        literal = added.keys() - control.values()
        vocabulary = [""] * (1 + max(spelt.values()))
        for token, index in spelt.items():
            vocabulary[index] = token
        return cls(tokenizer, vocabulary, control, literal, sentencepiece=sentencepiece)

    def encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def control(self, name: str) -> int:
        """The id of a control token, e.g. "<|im_end|>"."""
        try:
            return self._control[name]
        except KeyError:
            known = ", ".join(sorted(self._control))
            raise TokenizerError(f"no control token {name!r}; known: {known}") from None

    def piece(self, index: int) -> bytes:
        """The bytes a token stands for, perhaps not whole characters; a control token's: none."""
        if index in self._silent or not 0 <= index < self.vocab_size:  # embeddings may be padded
            return b""
        token = self._vocabulary[index]
        if index in self._literal:
            return token.encode()
        if not self._sentencepiece:
            return token.translate(_BYTE_OF_LETTER).encode("latin-1", "ignore")
        if byte := _BYTE_TOKEN.fullmatch(token):
            return bytes([int(byte[1], 16)])
        return token.replace(_SPACE, " ").encode()

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the ids, control tokens left out; a cut-off last character is left out too."""
        spoken = b"".join(self.piece(index) for index in ids)
        return codecs.getincrementaldecoder("utf-8")("replace").decode(spoken)


def _pairs(ids: Mapping[str, int], scores: Sequence[float]) -> Iterator[tuple[float, int, int]]:
    """Every way to put a token together from two: (minus its score, left id, right id)."""
    for token, index in ids.items():
        for cut in range(1, len(token)):
            left, right = ids.get(token[:cut]), ids.get(token[cut:])
            if left is not None and right is not None:
                yield -scores[index], left, right


def _without_prefix(step: Any) -> Any:
    """A normalizer or pre-tokenizer of tokenizer.json without what puts a space before the text."""
    if not step or step["type"] == "Prepend":
        return None
    changed = dict(step)
    for within in ("normalizers", "pretokenizers"):
        if within in changed:
            kept = [_without_prefix(one) for one in changed[within]]
            changed[within] = [one for one in kept if one]
    if step["type"] == "Metaspace":
        changed |= {"prepend_scheme": "never", "add_prefix_space": False}
    if step["type"] == "ByteLevel":
        changed["add_prefix_space"] = False
    return changed
