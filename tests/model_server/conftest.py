"""A tiny random model: the same shapes and files as the real one, ready in milliseconds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, quantize
from tokenizers.pre_tokenizers import ByteLevel
from torch import Tensor

from model_server.dialog import DialogModel
from model_server.engine.checkpoint import Checkpoint
from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer
from model_server.engine.tokenizer import BPETokenizer

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


@pytest.fixture
def dialog(model: Transformer, tokenizer: BPETokenizer) -> DialogModel:
    return DialogModel(
        checkpoint=Checkpoint("tiny", model, tokenizer),
        name="tiny",
        base_max_tokens=8,
        research_max_tokens=8,
        max_batch_tokens=2048,
        safety_threshold=0.0,
    )


def _pairs_from_halves(weight: Tensor, heads: int) -> Tensor:
    """llama.cpp's row order, as its converter writes it."""
    rows, columns = weight.shape
    return weight.view(heads, 2, rows // heads // 2, columns).transpose(1, 2).reshape(rows, columns)


@pytest.fixture
def gguf_file(tmp_path: Path, model: Transformer) -> Path:
    return _write_gguf(tmp_path / "tiny.gguf", model, "smollm")


@pytest.fixture
def unknown_gguf_file(tmp_path: Path, model: Transformer) -> Path:
    """The same weights with a tokenizer this engine does not have."""
    return _write_gguf(tmp_path / "unknown.gguf", model, "gpt-4o")


def _write_gguf(path: Path, model: Transformer, flavour: str) -> Path:
    """The model as a GGUF file: one tensor a layer in Q8_0, the rest in F32."""
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_block_count(CONFIG.n_layers)
    writer.add_context_length(CONFIG.max_context)
    writer.add_embedding_length(CONFIG.d_model)
    writer.add_feed_forward_length(CONFIG.d_ff)
    writer.add_head_count(CONFIG.n_heads)
    writer.add_head_count_kv(CONFIG.n_kv_heads)
    writer.add_rope_freq_base(CONFIG.rope_base)
    writer.add_layer_norm_rms_eps(CONFIG.norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(flavour)
    writer.add_token_list(VOCABULARY)
    writer.add_token_merges(MERGES)
    writer.add_token_types([3] * len(CONTROL) + [1] * (len(VOCABULARY) - len(CONTROL)))
    weights = model.state_dict()
    writer.add_tensor("token_embd.weight", weights["embedding.weight"].numpy())
    writer.add_tensor("output_norm.weight", weights["norm.weight"].numpy())
    for layer in range(CONFIG.n_layers):
        ours, theirs = f"blocks.{layer}", f"blk.{layer}"
        q = _pairs_from_halves(weights[f"{ours}.attention.q.weight"], CONFIG.n_heads)
        k = _pairs_from_halves(weights[f"{ours}.attention.k.weight"], CONFIG.n_kv_heads)
        writer.add_tensor(f"{theirs}.attn_q.weight", q.numpy())
        writer.add_tensor(f"{theirs}.attn_k.weight", k.numpy())
        same = {
            "attention.v": "attn_v",
            "attention.o": "attn_output",
            "attention_norm": "attn_norm",
            "feed_forward_norm": "ffn_norm",
            "feed_forward.gate": "ffn_gate",
            "feed_forward.down": "ffn_down",
        }
        for name, stored in same.items():
            writer.add_tensor(f"{theirs}.{stored}.weight", weights[f"{ours}.{name}.weight"].numpy())
        up = quantize(weights[f"{ours}.feed_forward.up.weight"].numpy(), GGMLQuantizationType.Q8_0)
        writer.add_tensor(f"{theirs}.ffn_up.weight", up, raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
