"""The shape of a model: numbers only, no weights.

Two families, told apart by three fields. Llama type (arXiv 2302.13971): rotary positions, SiLU;
SmolLM2, Llama 3, Qwen2 (with biases), Mistral. LaMDA type (arXiv 2201.08239, section 3): T5's
relative positions, GELU. Both: decoder only, RMSNorm before each half, a gated feed-forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """Llama 3.1's stretching of slow rotary frequencies ("rope_type": "llama3" in config.json)."""

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_context: int


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Names follow the field's (arXiv 2302.13971; grouped queries: arXiv 2305.13245)."""

    vocab_size: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_ff: int
    head_size: int
    max_context: int
    """Tokens that the positions were trained for (rotary), or that the server allows."""
    norm_eps: float
    positions: Literal["rotary", "t5"] = "rotary"
    activation: Literal["silu", "gelu"] = "silu"
    qkv_bias: bool = False
    tied_head: bool = True
    """True: the output head is the token embedding."""
    rope_base: float = 10_000.0
    rope_scaling: RopeScaling | None = None
    rope_factors: tuple[float, ...] | None = None
    """What each pair's frequency is divided by: the same stretching, as GGUF files state it."""
    relative_buckets: int = 32
    """T5's: half of them for exact distances, half for growing ranges (arXiv 1910.10683, 2.1)."""
    relative_max_distance: int = 128

    def __post_init__(self) -> None:
        if self.n_heads % self.n_kv_heads:
            raise ValueError(
                f"n_heads {self.n_heads} is not a multiple of n_kv_heads {self.n_kv_heads}"
            )
        if self.positions == "rotary" and self.head_size % 2:
            raise ValueError(f"head size {self.head_size} is odd; rotary embedding needs pairs")

    @property
    def qkv_rows(self) -> int:
        """Rows of the fused projection: queries, then keys, then values."""
        return (self.n_heads + 2 * self.n_kv_heads) * self.head_size


def _lamda(n_layers: int, d_model: int, d_ff: int, n_heads: int) -> ModelConfig:
    return ModelConfig(
        vocab_size=32_000,
        n_layers=n_layers,
        n_heads=n_heads,
        n_kv_heads=n_heads,
        d_model=d_model,
        d_ff=d_ff,
        head_size=128,
        max_context=8192,
        norm_eps=1e-6,
        positions="t5",
        activation="gelu",
    )


NAMED = {
    "lamda-2b": _lamda(10, 2560, 20_480, 40),
    "lamda-8b": _lamda(16, 4096, 32_768, 64),
    "lamda-137b": _lamda(64, 8192, 65_536, 128),
    "lamda-small": replace(_lamda(4, 128, 512, 4), vocab_size=4096, head_size=32, max_context=512),
}
"""The paper's three models (its table 27; 32,000 SentencePiece tokens, section 3), and one of 1.6
million parameters that training/pretrain.py trains in minutes."""
