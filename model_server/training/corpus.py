"""A folder of text as training data: documents, a split, a tokenizer, a stream of token ids.

Everything is held in memory: meant for up to some hundred MB of text.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

Ids = npt.NDArray[np.int32]

ENDINGS = (".txt", ".md")
BOUNDARY = "<|endoftext|>"
"""Stands before every document, and after the last."""
CONTROL = (BOUNDARY, "<|im_start|>", "<|im_end|>")
"""The last two are the transcript's: a model trained on can then be tuned to speak it."""


class CorpusError(Exception):
    """The text cannot be used; the message names the file, the place and what is wrong."""


@dataclass(frozen=True, slots=True)
class Split:
    training: list[str]
    held_out: list[str]


def read_documents(folder: Path) -> list[str]:
    """The texts of all .txt and .md files below the folder, by path; copies and blanks left out.

    Raises CorpusError for a folder without any, and for a file that is not UTF-8.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    texts = (_text(path) for path in paths if path.is_file())
    documents = list(dict.fromkeys(text for text in texts if text.strip()))
    if len(documents) < 2:
        raise CorpusError(
            f"{folder} holds {len(documents)} different documents ({', '.join(ENDINGS)}, not "
            "blank); at least 2 are needed, one of them to measure on"
        )
    return documents


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}, line {line}, byte {error.start}: not UTF-8 ({error.reason}: "
            f"0x{content[error.start]:02x})"
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def digest(documents: Sequence[str]) -> str:
    """SHA-256 over the documents, in order."""
    total = hashlib.sha256()
    for document in documents:
        total.update(hashlib.sha256(document.encode()).digest())
    return total.hexdigest()


def split(documents: Sequence[str], held_out_share: float, seed: int) -> Split:
    """Both sides shuffled; whole documents, at most `held_out_share` of all characters, or one."""
    order = list(documents)
    random.Random(seed).shuffle(order)
    room = held_out_share * sum(map(len, order))
    held_out: list[str] = []
    for document in order:
        if len(document) <= room:
            held_out.append(document)
            room -= len(document)
    held_out = held_out or [min(order, key=len)]
    measured_on = set(held_out)
    return Split([document for document in order if document not in measured_on], held_out)


def train_tokenizer(documents: Sequence[str], vocab_size: int) -> Tokenizer:
    """Byte-level BPE (Radford et al. 2019, section 2.2), digits one by one; CONTROL comes first.

    Fewer than `vocab_size` tokens where the text has not that many pairs that occur twice.
    """
    least = len(CONTROL) + 256
    if vocab_size < least:
        raise CorpusError(f"a vocabulary of {vocab_size} tokens; bytes and controls take {least}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=list(CONTROL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer, length=len(documents))
    return tokenizer


def pack(tokenizer: Tokenizer, documents: Sequence[str]) -> Ids:
    """One stream (N,) int32: boundary, document, boundary, document, ..., boundary."""
    boundary = tokenizer.token_to_id(BOUNDARY)
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.encode_special_tokens = True  # a text that spells a control token is text
    parts: list[Ids] = []
    for encoding in plain.encode_batch(list(documents), add_special_tokens=False):
        parts += [np.array([boundary], np.int32), np.array(encoding.ids, np.int32)]
    return np.concatenate([*parts, np.array([boundary], np.int32)])


@dataclass(frozen=True, slots=True)
class Windows:
    """Sequences cut from a stream, in an order that follows from the seed and the step alone.

    Each epoch cuts at another offset and shuffles anew, so the step is the whole position.
    """

    stream: Ids
    sequence: int
    batch: int
    seed: int

    def __post_init__(self) -> None:
        if self.per_epoch < 1:
            raise CorpusError(
                f"the training text has {len(self.stream)} tokens; one batch of {self.batch} "
                f"sequences of {self.sequence} takes {(self.batch + 1) * self.sequence}"
            )

    @property
    def per_epoch(self) -> int:
        """Batches in one pass through the stream."""
        return (len(self.stream) // self.sequence - 1) // self.batch

    def __getitem__(self, step: int) -> npt.NDArray[np.int64]:
        """The batch of a step: (B, T + 1), each row T tokens and the one after."""
        epoch, index = divmod(step, self.per_epoch)
        rng = np.random.default_rng([self.seed, epoch])
        offset = rng.integers(self.sequence)
        order = rng.permutation(len(self.stream) // self.sequence - 1)
        chosen = order[index * self.batch : (index + 1) * self.batch]
        places = offset + chosen[:, None] * self.sequence + np.arange(self.sequence + 1)
        rows: npt.NDArray[np.int64] = self.stream[places].astype(np.int64)
        return rows


def held_out_windows(stream: Ids, sequence: int, at_most: int) -> npt.NDArray[np.int64]:
    """(W, T + 1): up to `at_most` windows spread evenly over the stream, none overlapping."""
    length = min(sequence, len(stream) - 1)
    starts = np.arange((len(stream) - 1) // length) * length
    if len(starts) > at_most:
        starts = starts[np.linspace(0, len(starts) - 1, at_most).astype(np.int64)]
    places = starts[:, None] + np.arange(length + 1)
    rows: npt.NDArray[np.int64] = stream[places].astype(np.int64)
    return rows
