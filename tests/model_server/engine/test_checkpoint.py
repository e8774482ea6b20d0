from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model_server.engine.checkpoint import CheckpointError, load_gguf
from model_server.engine.model import Transformer


@torch.inference_mode()
def test_a_gguf_file_gives_back_the_model_and_tokenizer_written_to_it(
    gguf_file: Path, model: Transformer
) -> None:
    loaded = load_gguf(gguf_file)
    ids = torch.tensor([loaded.tokenizer.encode("hello world")])
    expected = model.logits(model(ids))
    # One tensor a layer is stored in 8 bits; everything else exactly.
    torch.testing.assert_close(
        loaded.model.logits(loaded.model(ids)), expected, atol=2e-2, rtol=2e-2
    )
    stored = loaded.model.blocks[0].attention.q.weight
    torch.testing.assert_close(stored, model.blocks[0].attention.q.weight)
    assert loaded.name == "tiny"
    assert loaded.model.config == model.config


def test_the_context_can_be_lowered_but_not_raised(gguf_file: Path) -> None:
    assert load_gguf(gguf_file, max_context=100).model.config.max_context == 100
    assert load_gguf(gguf_file, max_context=9999).model.config.max_context == 256


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.gguf"):
        load_gguf(tmp_path / "nowhere.gguf")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9])
def test_a_truncated_file_is_refused_and_named(gguf_file: Path, share: float) -> None:
    whole = gguf_file.read_bytes()
    gguf_file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match=r"tiny\.gguf"):
        load_gguf(gguf_file)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("these are not weights " * 100)
    with pytest.raises(CheckpointError, match=r"notes\.gguf"):
        load_gguf(path)
