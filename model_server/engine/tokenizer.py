"""Text <-> token ids: byte-level BPE through the `tokenizers` library.

`encode` never produces a control token: text that spells `<|im_end|>` is encoded as those
characters, so no message, snippet or document can close its own turn. Control tokens are asked for
by name with `control`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

_INDIVIDUAL_DIGITS = ("smollm", "starcoder", "refact", "command-r")
_REPLACEMENT = "�"


class TokenizerError(Exception):
    """The vocabulary cannot be used; the message says why."""


class BPETokenizer:
    def __init__(
        self,
        vocabulary: Sequence[str],
        merges: Sequence[str],
        control: Sequence[int],
        flavour: str,
    ) -> None:
        """`vocabulary[i]` is token i in byte-level spelling, `control` the ids of control tokens.

        `flavour` is GGUF's `tokenizer.ggml.pre`: how text is cut before merging.
        """
        if flavour not in _INDIVIDUAL_DIGITS:
            raise TokenizerError(
                f"pre-tokenizer {flavour!r} is unknown; known: {', '.join(_INDIVIDUAL_DIGITS)}"
            )
        self.vocab_size = len(vocabulary)
        self._control = {vocabulary[index]: index for index in control}
        pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
        ids = {token: index for index, token in enumerate(vocabulary)}
        bpe = models.BPE(vocab=ids, merges=pairs, fuse_unk=False)
        self._tokenizer = Tokenizer(bpe)
        self._tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(r"\p{N}"), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
            ]
        )
        self._tokenizer.decoder = decoders.ByteLevel()

    def encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def control(self, name: str) -> int:
        """The id of a control token, e.g. "<|im_end|>"."""
        try:
            return self._control[name]
        except KeyError:
            known = ", ".join(sorted(self._control))
            raise TokenizerError(f"no control token {name!r}; known: {known}") from None

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the ids, control tokens left out; a cut-off last character is left out too."""
        spoken = [index for index in ids if index not in self._control.values()]
        text: str = self._tokenizer.decode(spoken, skip_special_tokens=False)
        return text.rstrip(_REPLACEMENT)
