"""A tiny random model: the same shapes and files as the real one, ready in milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, quantize
from tokenizers.pre_tokenizers import ByteLevel
from torch import Tensor

from model_server.backends.engine import EngineBackend, Vocabulary
from model_server.backends.in_process import in_process
from model_server.checkpoints.layout import layout
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.dialog import DialogModel
from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY = [*CONTROL, *sorted(ByteLevel.alphabet()), "he", "ll", "hell"]
MERGES = ["h e", "l l", "he ll"]
CONFIG = ModelConfig(
    vocab_size=len(VOCABULARY),
    n_layers=2,
    n_heads=4,
    n_kv_heads=2,
    d_model=64,
    d_ff=96,
    head_size=16,
    max_context=256,
    rope_base=10_000.0,
    norm_eps=2.0**-17,
)


@pytest.fixture
def tokenizer() -> BPETokenizer:
    return BPETokenizer.byte_level(VOCABULARY, MERGES, control=[0, 1, 2], flavour="smollm")


@pytest.fixture
def model() -> Transformer:
    torch.manual_seed(7)
    transformer = Transformer(CONFIG)
    transformer.requires_grad_(False)
    for parameter in transformer.parameters():  # lively enough that it does not echo its input
        parameter.normal_(std=0.25)
    return transformer.eval()


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """A tiny model gains nothing by more; on a busy machine it waits for them at every product."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def vocabulary(tokenizer: BPETokenizer) -> Vocabulary:
    return Vocabulary("tiny", tokenizer)


@pytest.fixture
async def backend(model: Transformer, vocabulary: Vocabulary) -> AsyncIterator[EngineBackend]:
    """The tiny model behind the real engine and worker, on a thread of this process."""
    async with started(in_process(model, vocabulary)) as backend:
        yield backend


@pytest.fixture
def dialog(backend: EngineBackend) -> DialogModel:
    return DialogModel(backend, base_max_tokens=8, research_max_tokens=8, safety_threshold=0.0)


@asynccontextmanager
async def started(backend: EngineBackend) -> AsyncIterator[EngineBackend]:
    await backend.start()
    try:
        async with asyncio.timeout(60):
            await backend.supervisor.settled.wait()
        assert backend.missing() == []
        yield backend
    finally:
        await backend.stop()


@pytest.fixture
def run_backend() -> Callable[[EngineBackend], AbstractAsyncContextManager[EngineBackend]]:
    """`async with run_backend(backend)`: started, ready, and stopped in the end."""
    return started


def _pairs_from_halves(weight: Tensor, head_size: int) -> Tensor:
    """llama.cpp's row order, as its converter writes it."""
    rows, columns = weight.shape
    halves = weight.view(rows // head_size, 2, head_size // 2, columns)
    return halves.transpose(1, 2).reshape(rows, columns)


def parts_of(model: Transformer) -> dict[str, Tensor]:
    """The weights as files hold them: queries, keys and values apart, gate and up apart."""
    found: dict[str, Tensor] = {}
    state = model.state_dict()
    for weight in layout(model.config):
        rows = [shape[0] for _, shape in weight.parts]
        names = [name for name, _ in weight.parts]
        found |= dict(zip(names, state[weight.name].split(rows), strict=True))
    return found


def _gguf_name(part: str) -> str:
    name = part.replace("attention.o", "attn_output").replace("head.", "output.")
    name = name.replace("embedding", "token_embd").replace("blocks", "blk")
    name = name.replace("attention.", "attn_").replace("feed_forward.", "ffn_")
    name = name.replace("attention_", "attn_").replace("feed_forward_", "ffn_")
    return "output_norm.weight" if name == "norm.weight" else name


WriteGGUF = Callable[..., Path]


@pytest.fixture
def write_gguf() -> WriteGGUF:
    """Writes a model as a GGUF file, as llama.cpp's converter would."""
    return _write_gguf


@pytest.fixture
def gguf_file(tmp_path: Path, model: Transformer) -> Path:
    """The tiny model; one tensor a layer in Q8_0, the rest in F32."""
    types = {f"blk.{i}.ffn_up.weight": GGMLQuantizationType.Q8_0 for i in range(CONFIG.n_layers)}
    return _write_gguf(tmp_path / "tiny.gguf", model, types=types)


@pytest.fixture
def unknown_gguf_file(tmp_path: Path, model: Transformer) -> Path:
    """The same weights with a tokenizer this engine does not have."""
    return _write_gguf(tmp_path / "unknown.gguf", model, flavour="gpt-4o")


def _write_gguf(
    path: Path,
    model: Transformer,
    *,
    architecture: str = "llama",
    flavour: str = "smollm",
    types: Mapping[str, GGMLQuantizationType] | None = None,
    raw: Mapping[str, tuple[Any, GGMLQuantizationType]] | None = None,
    vocabulary: Sequence[str] = VOCABULARY,
) -> Path:
    """`types`: how tensors are quantised (F32 where not named); `raw`: tensors as they are."""
    config = model.config
    writer = GGUFWriter(path, architecture)
    writer.add_name("tiny")
    writer.add_block_count(config.n_layers)
    writer.add_context_length(config.max_context)
    writer.add_embedding_length(config.d_model)
    writer.add_feed_forward_length(config.d_ff)
    writer.add_head_count(config.n_heads)
    writer.add_head_count_kv(config.n_kv_heads)
    if config.head_size * config.n_heads != config.d_model:
        writer.add_key_length(config.head_size)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_layer_norm_rms_eps(config.norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(flavour)
    writer.add_token_list(vocabulary)
    writer.add_token_merges(MERGES)
    writer.add_token_types([3] * len(CONTROL) + [1] * (len(vocabulary) - len(CONTROL)))
    for part, weight in parts_of(model).items():
        name, stored = _gguf_name(part), weight
        if architecture == "llama" and part.endswith(("attention.q.weight", "attention.k.weight")):
            stored = _pairs_from_halves(weight, config.head_size)
        if raw and name in raw:
            continue
        type_ = (types or {}).get(name, GGMLQuantizationType.F32)
        plain = type_ == GGMLQuantizationType.F32
        writer.add_tensor(name, quantize(stored.numpy(), type_), raw_dtype=None if plain else type_)
    for name, (blocks, type_) in (raw or {}).items():
        writer.add_tensor(name, blocks, raw_dtype=type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
