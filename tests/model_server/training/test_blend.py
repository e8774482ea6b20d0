"""A blend is the weighted mean of two adapters, factor by factor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from model_server.training.blend import blend


def write(path: Path, **factors: list[float]) -> Path:
    tensors = {name: torch.tensor(values).half() for name, values in factors.items()}
    save_file(tensors, path, metadata={"base_model": path.stem})
    return path


def test_each_factor_is_the_weighted_mean_in_float16(tmp_path: Path) -> None:
    one = write(tmp_path / "one", a=[0.0, 4.0], b=[1.0])
    other = write(tmp_path / "other", a=[2.0, 8.0], b=[1.0])
    blend(one, other, 0.75, tmp_path / "out")
    mean = load_file(tmp_path / "out")
    assert {name: factor.tolist() for name, factor in mean.items()} == {"a": [1.5, 7.0], "b": [1.0]}
    assert {factor.dtype for factor in mean.values()} == {torch.float16}


def test_adapters_with_other_tensors_are_not_blended(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", a=[0.0]), write(tmp_path / "other", a=[0.0, 1.0])
    with pytest.raises(ValueError, match="one and other do not hold the same tensors"):
        blend(one, other, 0.5, tmp_path / "out")


def test_a_share_beyond_the_whole_is_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "one", a=[0.0])
    with pytest.raises(ValueError, match=r"share 1.5 must be between 0 and 1"):
        blend(one, one, 1.5, tmp_path / "out")
