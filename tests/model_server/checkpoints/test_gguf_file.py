"""GGUF files: every type of block, both architectures, and files that are broken."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Type
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.checkpoints.checkpoint import CheckpointError, open_checkpoint
from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer

WriteGGUF = Callable[..., Path]
DOWN = "blk.1.ffn_down.weight"
FUSED_DOWN = "blocks.1.feed_forward.down.weight"


def wide_model(config: ModelConfig) -> Transformer:
    """Rows of 256 values, as K-quants need."""
    torch.manual_seed(5)
    return Transformer(dataclasses.replace(config, d_ff=512)).requires_grad_(False)


def loaded(path: Path, name: str) -> torch.Tensor:
    return dict(open_checkpoint(path).tensors())[name]


@pytest.mark.parametrize("type_", ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])
def test_a_stored_type_is_read_as_ggufs_own_reader_does(
    type_: str, tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    kind = Type[type_]
    path = write_gguf(tmp_path / "a.gguf", model, types={DOWN: kind})
    weight = model.state_dict()[FUSED_DOWN].numpy()
    expected = gguf.dequantize(gguf.quantize(weight, kind), kind)
    np.testing.assert_array_equal(loaded(path, FUSED_DOWN).float().numpy(), expected)
    assert np.abs(expected - weight).max() < 0.2


def q4_k(scale: float, least: float, sixths: list[int], mins: list[int], value: int) -> bytes:
    """A super-block of 8 times 32 equal values: scale * sixths[i] * value - least * mins[i]."""
    first = [sixths[i] | (sixths[i + 4] >> 4) << 6 for i in range(4)]
    second = [mins[i] | (mins[i + 4] >> 4) << 6 for i in range(4)]
    third = [sixths[i + 4] & 15 | (mins[i + 4] & 15) << 4 for i in range(4)]
    packed = bytes([*first, *second, *third])
    return struct.pack("<2e", scale, least) + packed + bytes([value | value << 4] * 128)


def q6_k(scale: float, scales: list[int], value: int) -> bytes:
    """A super-block of 16 times 16 equal values: scale * scales[i] * (value - 32)."""
    low, high = value & 15, value >> 4
    halves = bytes([low | low << 4] * 128) + bytes([high * 0b01010101] * 64)
    return halves + struct.pack("<16b", *scales) + struct.pack("<e", scale)


def test_q4_k_blocks_built_by_hand_are_read_by_their_definition(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    wide = wide_model(model.config)
    sixths, mins = [1, 2, 3, 63, 17, 33, 48, 5], [0, 1, 2, 63, 18, 34, 49, 7]
    block = q4_k(0.5, 0.25, sixths, mins, 9)
    blocks = np.frombuffer(block * 2 * 64, np.uint8).reshape(64, -1)
    path = write_gguf(tmp_path / "k.gguf", wide, raw={DOWN: (blocks, Type.Q4_K)})
    row = np.repeat([0.5 * s * 9 - 0.25 * m for s, m in zip(sixths, mins, strict=True)], 32)
    np.testing.assert_array_equal(loaded(path, FUSED_DOWN).numpy(), np.tile(row, (64, 2)))


def test_q6_k_blocks_built_by_hand_are_read_by_their_definition(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    wide = wide_model(model.config)
    scales = list(range(-8, 8))
    blocks = np.frombuffer(q6_k(0.125, scales, 45) * 2 * 64, np.uint8).reshape(64, -1)
    path = write_gguf(tmp_path / "k.gguf", wide, raw={DOWN: (blocks, Type.Q6_K)})
    row = np.repeat([0.125 * one * (45 - 32) for one in scales], 16)
    np.testing.assert_array_equal(loaded(path, FUSED_DOWN).numpy(), np.tile(row, (64, 2)))


def test_another_type_is_refused_with_the_tensor_and_the_types_that_are_read(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    path = write_gguf(tmp_path / "five.gguf", model, types={DOWN: Type.Q5_0})
    with pytest.raises(CheckpointError, match=r"five\.gguf.*ffn_down.*Q5_0.*F32.*Q4_K, Q6_K"):
        open_checkpoint(path)


def test_a_qwen2_file_has_biases_rows_in_our_order_and_its_own_head(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    config = dataclasses.replace(model.config, qkv_bias=True, tied_head=False, head_size=24)
    torch.manual_seed(5)
    qwen = Transformer(config).requires_grad_(False)
    path = write_gguf(tmp_path / "q.gguf", qwen, architecture="qwen2", flavour="qwen2")
    checkpoint = open_checkpoint(path)
    assert checkpoint.config == config
    for name, tensor in checkpoint.tensors():
        torch.testing.assert_close(tensor, qwen.state_dict()[name])


def test_llama_3s_frequency_factors_are_read(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    factors = np.array([1, 1, 2, 4, 8, 8, 8, 8], np.float32)
    path = write_gguf(
        tmp_path / "l.gguf",
        model,
        flavour="llama-bpe",
        raw={"rope_freqs.weight": (factors, Type.F32)},
    )
    assert open_checkpoint(path).config.rope_factors == tuple(factors.tolist())


def test_a_tensor_with_no_place_in_the_model_is_refused(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    bias = {"blk.0.attn_q.bias": (np.zeros(64, np.float32), Type.F32)}
    path = write_gguf(tmp_path / "odd.gguf", model, raw=bias)
    with pytest.raises(CheckpointError, match=r"odd\.gguf.*attn_q\.bias.*no place"):
        open_checkpoint(path)


def test_an_unknown_architecture_is_refused_with_the_known(
    tmp_path: Path, model: Transformer, write_gguf: WriteGGUF
) -> None:
    path = write_gguf(tmp_path / "g.gguf", model, architecture="gemma")
    with pytest.raises(CheckpointError, match=r"'gemma'.*'llama' and 'qwen2'"):
        open_checkpoint(path)


def test_an_unknown_tokenizer_is_refused_with_the_known(unknown_gguf_file: Path) -> None:
    with pytest.raises(CheckpointError, match=r"unknown\.gguf.*gpt-4o.*llama-bpe, qwen2"):
        open_checkpoint(unknown_gguf_file)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.05, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused_and_named(gguf_file: Path, share: float) -> None:
    whole = gguf_file.read_bytes()
    gguf_file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match=r"tiny\.gguf"):
        open_checkpoint(gguf_file)


def test_a_header_cut_off_anywhere_is_refused_and_named(gguf_file: Path) -> None:
    whole = gguf_file.read_bytes()
    for length in range(1, 12_000, 397):
        gguf_file.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"tiny\.gguf"):
            open_checkpoint(gguf_file)


def test_a_header_with_any_byte_changed_is_read_or_refused_by_name(gguf_file: Path) -> None:
    whole = gguf_file.read_bytes()
    keys = whole.index(b"tokenizer.ggml.tokens")  # before it: the model's shape
    tensors = whole.index(b"token_embd.weight")
    places = st.one_of(st.integers(0, keys), st.integers(tensors, tensors + 2000))

    @settings(max_examples=60)
    @given(places, st.integers(0, 255))
    def check(place: int, value: int) -> None:
        changed = bytearray(whole)
        changed[place] = value
        gguf_file.write_bytes(changed)
        message = f"{gguf_file}: "
        try:
            assert list(open_checkpoint(gguf_file).tensors())
        except CheckpointError as error:
            message = str(error)
        assert message.startswith(f"{gguf_file}: ")

    check()


def test_a_layer_count_beyond_the_file_is_refused_at_its_first_missing_layer(
    gguf_file: Path,
) -> None:
    content = bytearray(gguf_file.read_bytes())
    key = b"llama.block_count"
    value = content.index(key) + len(key) + 4
    assert content[value : value + 4] == struct.pack("<I", 2)
    content[value : value + 4] = struct.pack("<I", 2**32 - 1)
    gguf_file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"'blk\.2\.attn_norm\.weight' is missing"):
        open_checkpoint(gguf_file)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("these are not weights " * 100)
    with pytest.raises(CheckpointError, match=r"notes\.gguf: not a GGUF file"):
        open_checkpoint(path)
