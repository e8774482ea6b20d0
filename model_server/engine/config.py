"""The shape of a Llama-family model (SmolLM2, Llama 3): numbers only, no weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Names follow the field's (arXiv 2302.13971; grouped queries: arXiv 2305.13245)."""

    vocab_size: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_ff: int
    max_context: int
    """Tokens the rotary embedding was trained for."""
    rope_base: float
    norm_eps: float
    tied_head: bool = True
    """True: the output head is the token embedding."""

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads:
            raise ValueError(f"d_model {self.d_model} is not a multiple of n_heads {self.n_heads}")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(
                f"n_heads {self.n_heads} is not a multiple of n_kv_heads {self.n_kv_heads}"
            )
        if self.head_size % 2:
            raise ValueError(f"head size {self.head_size} is odd; rotary embedding needs pairs")

    @property
    def head_size(self) -> int:
        return self.d_model // self.n_heads
