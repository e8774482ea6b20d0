"""Checkpoints of either form: what they give, and what opening them costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model_server.checkpoints.checkpoint import (
    CheckpointError,
    check_shapes,
    open_checkpoint,
)
from model_server.checkpoints.layout import layout
from model_server.engine.attention import Whole
from model_server.engine.config import NAMED, ModelConfig
from model_server.engine.load import load_transformer
from model_server.engine.model import Transformer

QWEN = ModelConfig(97, 2, 4, 2, 32, 48, 8, 64, 1e-6, qkv_bias=True, tied_head=False)


def states(model: Transformer, ids: list[int]) -> torch.Tensor:
    tokens, positions = torch.tensor([ids]), torch.arange(len(ids))[None]
    with torch.inference_mode():
        return model.logits(model(tokens, positions, Whole(model, positions)))


@pytest.mark.parametrize("config", [QWEN, NAMED["lamda-2b"]], ids=["qwen", "lamda"])
def test_the_layout_names_and_measures_every_weight_of_the_transformer(config: ModelConfig) -> None:
    with torch.device("meta"):
        state = Transformer(config).state_dict()
    assert {one.name: one.shape for one in layout(config)} == {
        name: tuple(value.shape) for name, value in state.items()
    }


def test_loading_gives_back_the_model_and_tokenizer_that_were_written(
    gguf_file: Path, model: Transformer
) -> None:
    checkpoint = open_checkpoint(gguf_file)
    loaded = load_transformer(checkpoint, None, torch.float32, torch.device("cpu"))
    ids = checkpoint.tokenizer.encode("hello world")
    # One tensor a layer is stored in 8 bits; everything else exactly.
    torch.testing.assert_close(states(loaded, ids), states(model, ids), atol=2e-2, rtol=2e-2)
    torch.testing.assert_close(
        loaded.state_dict()["blocks.0.attention.qkv.weight"],
        model.state_dict()["blocks.0.attention.qkv.weight"],
    )
    assert (checkpoint.name, checkpoint.stored_as) == ("tiny", "float32")
    assert checkpoint.config == model.config
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_weights_are_loaded_in_the_type_asked_for(gguf_file: Path, model: Transformer) -> None:
    checkpoint = open_checkpoint(gguf_file)
    loaded = load_transformer(checkpoint, None, torch.bfloat16, torch.device("cpu"))
    assert loaded.state_dict()["blocks.1.feed_forward.down.weight"].dtype == torch.bfloat16
    ids = checkpoint.tokenizer.encode("hello world")
    torch.testing.assert_close(states(loaded, ids), states(model, ids), atol=0.5, rtol=0.1)


def test_weights_of_the_type_asked_for_stay_in_the_mapped_file(gguf_file: Path) -> None:
    checkpoint = open_checkpoint(gguf_file)
    first, second = (
        load_transformer(checkpoint, None, torch.float32, torch.device("cpu")).state_dict()
        for _ in range(2)
    )
    for name in ("embedding.weight", "blocks.0.attention.o.weight"):
        assert first[name].data_ptr() == second[name].data_ptr(), name


def test_the_context_can_be_lowered_but_not_raised(gguf_file: Path) -> None:
    assert open_checkpoint(gguf_file, max_context=100).config.max_context == 100
    assert open_checkpoint(gguf_file, max_context=9999).config.max_context == 256


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.gguf"):
        open_checkpoint(tmp_path / "nowhere.gguf")


def test_the_tokenizer_is_read_without_loading_torch(gguf_file: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from model_server.checkpoints.checkpoint import open_checkpoint\n"
        f"one = open_checkpoint(Path({str(gguf_file)!r}))\n"
        "assert one.tokenizer.encode('hello') and one.config.n_layers == 2\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_wrong_sets_of_tensors_are_refused_by_name() -> None:
    expected = [("a", (2, 3)), ("b", (4,))]
    check_shapes(expected, {"a": (2, 3), "b": (4,)})
    with pytest.raises(CheckpointError, match="'b' is missing"):
        check_shapes(expected, {"a": (2, 3)})
    with pytest.raises(CheckpointError, match=r"'a' is \(3, 2\); its config says \(2, 3\)"):
        check_shapes(expected, {"a": (3, 2), "b": (4,)})
    with pytest.raises(CheckpointError, match="'c' has no place"):
        check_shapes(expected, {"a": (2, 3), "b": (4,), "c": (1,)})
