"""Reads GGUF files of the `llama` (Llama, SmolLM2, Mistral) and `qwen2` architectures.

The format: github.com/ggml-org/ggml, docs/gguf.md. The header is parsed here, since the gguf
package takes seconds for a vocabulary; blocks of quantised weights are its `dequantize`'s.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

from model_server.checkpoints.checkpoint import Checkpoint, CheckpointError, check_shapes
from model_server.checkpoints.layout import Shape, Weight, layout, renamed
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.engine.config import ModelConfig

if TYPE_CHECKING:
    from torch import Tensor

_NAMES = {
    "embedding": "token_embd",
    "norm": "output_norm",
    "head": "output",
    "attention_norm": "attn_norm",
    "attention.q": "attn_q",
    "attention.k": "attn_k",
    "attention.v": "attn_v",
    "attention.o": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "feed_forward.gate": "ffn_gate",
    "feed_forward.up": "ffn_up",
    "feed_forward.down": "ffn_down",
}
_PLAIN = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_TYPES = (*_PLAIN, "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K")
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}
_SCALARS |= {12: "d"}
_STRING, _ARRAY = 8, 9
_FACTORS = "rope_freqs.weight"  # Llama 3.1's scaling: each frequency is divided by one
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4  # tokenizer.ggml.token_type


@dataclass(frozen=True, slots=True)
class _Stored:
    type: GGMLQuantizationType
    shape: Shape
    offset: int
    size: int  # bytes


class _Header:
    """The file's keys and tensors. Raises CheckpointError where it is not a GGUF file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = memoryview(data), 0
        try:
            if bytes(self._data[:4]) != b"GGUF" or self._number("xxxxI") not in (2, 3):
                raise CheckpointError("not a GGUF file of version 2 or 3, little-endian")
            tensors, keys = self._number("Q"), self._number("Q")
            self.keys = {self._string(): self._value(self._number("I")) for _ in range(keys)}
            found = {self._string(): self._tensor() for _ in range(tensors)}
        except (struct.error, UnicodeDecodeError, KeyError, ValueError) as error:
            raise CheckpointError(f"its header is cut off or broken ({error})") from error
        alignment = self.keys.get("general.alignment", 32)
        start = -(-self._at // alignment) * alignment
        self.tensors = {name: _placed(name, start, *one) for name, one in found.items()}
        for name, tensor in self.tensors.items():
            if (end := tensor.offset + tensor.size) > len(data):
                raise CheckpointError(
                    f"truncated: {name!r} ends at byte {end}, the file has {len(data)}"
                )

    def _number(self, code: str) -> Any:
        size = struct.calcsize("<" + code)
        [value] = struct.unpack_from("<" + code, self._data, self._at)
        self._at += size
        return value

    def _string(self) -> str:
        start = self._at + 8
        [length] = struct.unpack_from("<Q", self._data, self._at)
        if start + length > len(self._data):
            raise ValueError("a string goes on after the end")
        self._at = start + length
        return str(self._data[start : self._at], "utf-8")

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            return self._number(_SCALARS[kind])
        of, count = self._number("I"), self._number("Q")
        if of in (_STRING, _ARRAY):
            return [self._value(of) for _ in range(count)]
        values = np.frombuffer(self._data, "<" + _SCALARS[of], count, self._at)
        self._at += values.nbytes
        return values.tolist()

    def _tensor(self) -> tuple[Shape, int, int]:
        sizes = [self._number("Q") for _ in range(self._number("I"))]
        return tuple(reversed(sizes)), self._number("I"), self._number("Q")

    def raw(self, name: str) -> npt.NDArray[np.uint8]:
        """A tensor's bytes, mapped."""
        tensor = self.tensors[name]
        return np.frombuffer(self._data, np.uint8, tensor.size, tensor.offset)

    def key(self, name: str) -> Any:
        try:
            return self.keys[name]
        except KeyError:
            raise CheckpointError(f"the key {name!r} is missing") from None


def _placed(name: str, start: int, shape: Shape, kind: int, offset: int) -> _Stored:
    known = kind in GGMLQuantizationType.__members__.values()
    type_ = GGMLQuantizationType(kind) if known else None
    if type_ is None or type_.name not in _TYPES:
        stored = type_.name if type_ else f"type {kind}"
        raise CheckpointError(
            f"tensor {name!r} is stored as {stored}; this engine reads {', '.join(_TYPES)}"
        )
    values, size = GGML_QUANT_SIZES[type_]
    if shape[-1] % values:
        raise CheckpointError(f"tensor {name!r}: rows of {shape[-1]} are no {type_.name} blocks")
    return _Stored(type_, shape, start + offset, math.prod(shape) // values * size)


def _config(header: _Header, max_context: int | None) -> ModelConfig:
    kind = header.key("general.architecture")
    if kind not in ("llama", "qwen2"):
        raise CheckpointError(f"architecture {kind!r}; this engine runs 'llama' and 'qwen2'")
    keys = header.keys

    def get(name: str) -> Any:
        return header.key(f"{kind}.{name}")

    heads, width, trained = (
        get(name) for name in ("attention.head_count", "embedding_length", "context_length")
    )
    head_size = keys.get(f"{kind}.attention.key_length", width // heads)
    scaling = keys.get(f"{kind}.rope.scaling.type", "none")
    if scaling != "none" or keys.get(f"{kind}.rope.dimension_count", head_size) != head_size:
        raise CheckpointError(f"rope scaling {scaling!r} or a partly rotated head: not supported")
    window = keys.get(f"{kind}.attention.sliding_window") or trained
    return ModelConfig(
        vocab_size=len(header.key("tokenizer.ggml.tokens")),
        n_layers=get("block_count"),
        n_heads=heads,
        n_kv_heads=keys.get(f"{kind}.attention.head_count_kv", heads),
        d_model=width,
        d_ff=get("feed_forward_length"),
        head_size=head_size,
        max_context=min(trained, window, max_context or trained),
        norm_eps=get("attention.layer_norm_rms_epsilon"),
        qkv_bias=kind == "qwen2",
        tied_head="output.weight" not in header.tensors,
        rope_base=keys.get(f"{kind}.rope.freq_base", 10_000.0),
        rope_factors=_rope_factors(header, head_size),
    )


def _rope_factors(header: _Header, head_size: int) -> tuple[float, ...] | None:
    if (tensor := header.tensors.get(_FACTORS)) is None:
        return None
    if (tensor.shape, tensor.type.name) != ((head_size // 2,), "F32"):
        raise CheckpointError(f"tensor {_FACTORS!r} is not F32, one for each pair of a head")
    return tuple(header.raw(_FACTORS).view("<f4").tolist())


def _tokenizer(header: _Header) -> BPETokenizer:
    kind, tokens = header.key("tokenizer.ggml.model"), header.key("tokenizer.ggml.tokens")
    types = header.key("tokenizer.ggml.token_type")
    control = [index for index, type_ in enumerate(types) if type_ in (_UNKNOWN, _CONTROL)]
    literal = [index for index, type_ in enumerate(types) if type_ == _USER_DEFINED]
    if kind == "llama":
        scores = header.key("tokenizer.ggml.scores")
        return BPETokenizer.sentencepiece(tokens, scores, control, literal)
    if kind != "gpt2":
        raise CheckpointError(f"tokenizer {kind!r}; this engine has 'gpt2' and 'llama'")
    merges, flavour = header.key("tokenizer.ggml.merges"), header.key("tokenizer.ggml.pre")
    return BPETokenizer.byte_level(tokens, merges, control, flavour, literal)


def _numbers(header: _Header, name: str) -> Tensor:
    """A tensor as it is stored where it holds numbers, a view; float32 where it holds blocks."""
    import torch  # noqa: PLC0415

    tensor = header.tensors[name]
    if plain := _PLAIN.get(tensor.type.name):
        return torch.from_numpy(header.raw(name)).view(getattr(torch, plain)).view(tensor.shape)
    rows = header.raw(name).reshape(*tensor.shape[:-1], -1)
    return torch.from_numpy(dequantize(rows, tensor.type))


def _halves_from_pairs(weight: Tensor, head_size: int) -> Tensor:
    """Undo llama.cpp's row order: it rotates pairs (2i, 2i+1), we rotate (i, i + D/2)."""
    rows, columns = weight.shape  # (H * D, C)
    pairs = weight.view(rows // head_size, head_size // 2, 2, columns)
    return pairs.transpose(1, 2).reshape(rows, columns)


def open_file(path: Path, max_context: int | None) -> Checkpoint:
    """Open a GGUF file. Raises CheckpointError, OSError or ValueError, without the file's name."""
    with path.open("rb") as file:  # copy on write, since torch wants memory it may write to
        header = _Header(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    config = _config(header, max_context)
    parts = (part for weight in layout(config) for part in weight.parts)
    stored = {name: one.shape for name, one in header.tensors.items() if name != _FACTORS}
    check_shapes(((renamed(name, _NAMES, "blk"), shape) for name, shape in parts), stored)
    paired = header.keys["general.architecture"] == "llama"

    def read(weight: Weight) -> list[Tensor]:
        found = [_numbers(header, renamed(name, _NAMES, "blk")) for name, _ in weight.parts]
        if paired and weight.name.endswith("qkv.weight"):
            found[:2] = [_halves_from_pairs(one, config.head_size) for one in found[:2]]
        return found

    sizes: Counter[str] = Counter()
    for one in header.tensors.values():
        sizes[one.type.name] += math.prod(one.shape)
    kind = sizes.most_common(1)[0][0]
    name = header.keys.get("general.name", path.stem)
    return Checkpoint(name, config, _tokenizer(header), _PLAIN.get(kind, kind), read)
