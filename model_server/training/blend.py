"""Blend two adapters of one line: each factor is the weighted mean of theirs.

    python -m model_server.training.blend --one run4.safetensors --other run5.safetensors
        --share 0.7 --out research.safetensors

A run that teaches something new costs some of what was known; the mean of the adapter it started
from and the one it made keeps most of both (Wortsman et al. 2022, arXiv 2109.01903, there for whole
weights). It means nothing for adapters that did not start from each other.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def blend(one: Path, other: Path, share: float, out: Path) -> None:
    """Write `share` of `other` and the rest of `one`, in float16, with `other`'s metadata.

    ValueError: the share is not in [0, 1], or the files do not hold the same tensors.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share {share} must be between 0 and 1")
    first, second = load_file(one), load_file(other)
    shapes = [{name: factor.shape for name, factor in file.items()} for file in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{one.name} and {other.name} do not hold the same tensors")
    with safe_open(other, framework="pt") as file:
        metadata = dict(file.metadata() or {})
    metadata |= {
        "blend_share": str(share),
        "blend_sha256": hashlib.sha256(one.read_bytes()).hexdigest(),
    }
    mean = {
        name: torch.lerp(first[name].float(), factor.float(), share).half().contiguous()
        for name, factor in second.items()
    }
    save_file(mean, out, metadata=metadata)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--one", type=Path, required=True, help="the adapter to keep some of")
    parser.add_argument("--other", type=Path, required=True, help="the adapter that went on")
    parser.add_argument("--share", type=float, required=True, help="of the other, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    blend(arguments.one, arguments.other, arguments.share, arguments.out)


if __name__ == "__main__":
    main()
