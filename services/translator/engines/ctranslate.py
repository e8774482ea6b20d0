"""One translation model run by CTranslate2, with its SentencePiece vocabularies.

Covers: loading from memory, translating sentences with several hypotheses, and turning down answers
that are no translation. Does not cover: which models there are (argos_packages.py), and how many
are loaded (ctranslate_models.py). Both calls take long and are made in threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

MAX_TOKENS = 400
"""A longer sentence is declined: these models were trained on single sentences."""
BEAM_SIZE = 4
HYPOTHESES = 4
LENGTH_PENALTY = 0.2  # Argos Translate's own
MAX_SCORE_GAP = 1.5
"""Log-probability, by CTranslate2's length norm: a hypothesis further behind is a misreading."""
MAX_THREADS = 4
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
_UNKNOWN = ("\N{DOUBLE QUESTION MARK}", "<unk>")


TRIAL = "Hello."


class ModelError(Exception):
    """The model cannot be loaded or used; the message says which part."""


class SentenceModel:
    """A loaded model for one direction; safe to use from several threads."""

    def __init__(
        self, model_files: dict[str, bytes], pieces: tuple[bytes, bytes], target_prefix: str
    ) -> None:
        from ctranslate2 import Translator  # noqa: PLC0415 - optional, and 100 MB of libraries
        from sentencepiece import SentencePieceProcessor  # noqa: PLC0415 - optional

        self._target_prefix = target_prefix
        try:
            self._source, self._target = (
                SentencePieceProcessor(model_proto=piece) for piece in pieces
            )
            sizes = self._source.get_piece_size(), self._target.get_piece_size()
        except RuntimeError as error:
            raise ModelError("its SentencePiece model is damaged") from error
        if not all(sizes):
            raise ModelError("its SentencePiece model is empty")
        threads = min(MAX_THREADS, os.cpu_count() or 1)
        try:
            self._model = Translator("memory", files=model_files, intra_threads=threads)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise ModelError("its model is damaged or of an unknown format") from error
        self.translate([TRIAL])  # shows whether model and vocabularies fit, and warms it up

    def translate(self, sentences: Sequence[str]) -> list[list[str]]:
        """The translations of each sentence, best first; [] for one that is declined."""
        try:
            return self._translate(sentences)
        except (RuntimeError, ValueError) as error:
            raise ModelError("its model and vocabularies do not fit together") from error

    def _translate(self, sentences: Sequence[str]) -> list[list[str]]:
        tokens = [self._source.encode(sentence, out_type=str) for sentence in sentences]
        longest = max(map(len, tokens), default=0)
        if not 0 < longest <= MAX_TOKENS:
            return [[] for _ in sentences]
        limit = 2 * longest + 20
        results = self._model.translate_batch(
            tokens,
            target_prefix=[[self._target_prefix]] * len(tokens) if self._target_prefix else None,
            beam_size=BEAM_SIZE,
            num_hypotheses=HYPOTHESES,
            length_penalty=LENGTH_PENALTY,
            # What the vocabulary lacks, a mask for one, is copied from where attention points.
            replace_unknowns=True,
            return_scores=True,
            max_input_length=0,
            max_decoding_length=limit,
        )
        return [self._texts(result, limit) for result in results]

    def _texts(self, result: Any, limit: int) -> list[str]:
        best = result.scores[0]
        found = []
        for tokens, score in zip(result.hypotheses, result.scores, strict=True):
            if best - score > MAX_SCORE_GAP or len(tokens) >= limit:  # or cut off at the limit
                continue
            prefixed = bool(self._target_prefix) and tokens[:1] == [self._target_prefix]
            text = str(self._target.decode(tokens[prefixed:]))
            text = text.replace(_SPACE, " ").strip()  # a copied piece still has its mark
            if text and not any(mark in text for mark in _UNKNOWN):
                found.append(text)
        return list(dict.fromkeys(found))
