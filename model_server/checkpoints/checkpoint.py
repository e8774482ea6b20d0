"""Opens a model's files: configuration and tokenizer at once, weights one by one when asked.

gguf_file.py reads GGUF files, hf_folder.py Hugging Face folders. Opening checks every name, shape
and type, maps the weights into memory and reads none; torch is loaded with the first weight.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_server.checkpoints.layout import Shape, Weight, layout
from model_server.checkpoints.tokenizer import BPETokenizer, TokenizerError
from model_server.engine.config import ModelConfig

if TYPE_CHECKING:
    import torch


LAMDA = "groundling-lamda"
"""The model_type of our own folders."""


class CheckpointError(Exception):
    """The file is missing, truncated or not a model this engine runs; the message says which."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    name: str
    config: ModelConfig
    tokenizer: BPETokenizer
    stored_as: str
    """The type most weights are stored in, e.g. "Q4_1" or "bfloat16"."""
    read: Callable[[Weight], list[torch.Tensor]]
    """A weight's parts, or the one whole; views of the mapped file where it holds numbers."""

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """(name, tensor) of every weight in the Transformer's state dict, one at a time.

        float32, or float16 and bfloat16 where stored so.
        """
        import torch  # noqa: PLC0415  who wants only the tokenizer must not load it

        for weight in layout(self.config):
            parts = self.read(weight)
            yield weight.name, parts[0] if len(parts) == 1 else torch.cat(parts)


def open_checkpoint(path: Path, max_context: int | None = None) -> Checkpoint:
    """Open a .gguf file or a Hugging Face folder. Raises CheckpointError, naming the file.

    `max_context` lowers the context (tokens) below what the model was trained for.
    """
    from model_server.checkpoints import gguf_file, hf_folder  # noqa: PLC0415  they import this module

    try:
        if path.is_dir():
            return hf_folder.open_folder(path, max_context)
        return gguf_file.open_file(path, max_context)
    except (CheckpointError, TokenizerError, OSError) as error:
        raise CheckpointError(f"{path}: {error}") from error
    except Exception as error:  # broken values fail anywhere, and tokenizers raises Exception
        raise CheckpointError(f"{path}: broken ({error!r})") from error


def save_folder(
    folder: Path, config: ModelConfig, state: Mapping[str, torch.Tensor], tokenizer_json: str
) -> None:
    """Write a Transformer and the text of its tokenizer.json as a folder of our own type.

    `state` is its state dict, kept in its types. Each file is replaced whole or not at all.
    """
    from safetensors.torch import save_file  # noqa: PLC0415  it loads torch

    folder.mkdir(parents=True, exist_ok=True)
    check_shapes(
        ((one.name, one.shape) for one in layout(config)),
        {name: tuple(tensor.shape) for name, tensor in state.items()},
    )
    texts = {
        "config.json": json.dumps({"model_type": LAMDA} | asdict(config), indent=2),
        "tokenizer.json": tokenizer_json,
    }
    for name, text in texts.items():
        (folder / f"{name}.part").write_text(text, encoding="utf-8")
    save_file(dict(state), folder / "model.safetensors.part", metadata={"format": "pt"})
    for name in ("model.safetensors", *texts):
        os.replace(folder / f"{name}.part", folder / name)


def check_shapes(expected: Iterable[tuple[str, Shape]], stored: Mapping[str, Shape]) -> None:
    """Raises CheckpointError for the first weight that is missing, misshapen or of no use."""
    known = set()
    for name, shape in expected:
        if name not in stored:
            raise CheckpointError(f"tensor {name!r} is missing")
        if stored[name] != shape:
            raise CheckpointError(f"tensor {name!r} is {stored[name]}; its config says {shape}")
        known.add(name)
    if unknown := sorted(stored.keys() - known):
        raise CheckpointError(f"tensor {unknown[0]!r} has no place in this kind of model")
