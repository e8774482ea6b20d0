"""The Transformer, plain torch: one class, two families (config.py), any device and dtype.

The reference that every faster path is tested against; logits agree with transformers' to 1e-3.
What a token attends to is the caller's: `attend` is attention.Whole when whole sequences are read
(training), attention.Cached when they go on from a KV cache. Products are taken in the weights'
dtype, everything between them in float32: in bfloat16 its rounding is visible in the logits.

Sources: RMSNorm arXiv 1910.07467; rotary positions 2104.09864; grouped queries 2305.13245; gated
units 2002.05202; relative positions 1910.10683, section 2.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model_server.engine.config import ModelConfig

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""(layer, q (..., H, D), k (..., Hkv, D), v (..., Hkv, D)) -> (..., H, D), all float32."""


@dataclass(frozen=True, slots=True)
class LowRank:
    """An adapter's change to one product that is not merged: y += b (a x). LoRA, arXiv 2106.09685.

    a (R, in), b (out, R).
    """

    a: Tensor
    b: Tensor


class RMSNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:  # (..., C) float32 -> (..., C)
        # Written out: on short rows it takes a third of the time of torch's own.
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class Linear(nn.Linear):
    """y = W x (+ bias), taken in W's dtype; with an adapter in use, y += b (a x)."""

    low_rank: LowRank | None = None

    def forward(self, x: Tensor) -> Tensor:  # (..., in) -> (..., out) float32
        x = x.to(self.weight.dtype)
        y = F.linear(x, self.weight, self.bias)
        if self.low_rank is not None:
            y = y + F.linear(F.linear(x, self.low_rank.a), self.low_rank.b)
        return y.float()


class Embedding(nn.Embedding):
    def reset_parameters(self) -> None:
        if not self.weight.is_meta:  # drawing numbers there loads torch's compiler: seconds
            super().reset_parameters()


def rotary_frequencies(config: ModelConfig) -> Tensor:
    """Radians per position of each pair: (D/2,) float32."""
    pairs = torch.arange(0, config.head_size, 2, dtype=torch.float32)
    frequencies = config.rope_base ** (-pairs / config.head_size)
    if config.rope_factors is not None:
        frequencies = frequencies / torch.tensor(config.rope_factors)
    scaling = config.rope_scaling
    if scaling is None:
        return frequencies
    turns = scaling.original_context * frequencies / (2 * math.pi)
    kept = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor)
    kept = kept.clamp(0, 1)  # 1: as it was; 0: stretched by the whole factor
    return frequencies * (kept + (1 - kept) / scaling.factor)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate pairs (i, i + D/2) of x (..., H, D) by the angles of cos and sin (..., 1, D/2)."""
    left, right = x.chunk(2, dim=-1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


def relative_bucket(distance: Tensor, buckets: int, max_distance: int) -> Tensor:
    """T5's bucket of how far back a token lies, int64 of the same shape (one-directional)."""
    exact = buckets // 2
    far = distance.clamp(min=1).float() / exact
    share = far.log() / math.log(max_distance / exact)
    logarithmic = exact + (share * (buckets - exact)).long()
    return torch.where(distance < exact, distance, logarithmic.clamp(max=buckets - 1))


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = (config.n_heads + config.n_kv_heads, config.n_kv_heads)
        self.head_size = config.head_size
        self.qkv = Linear(config.d_model, config.qkv_rows, bias=config.qkv_bias)
        self.o = Linear(config.n_heads * config.head_size, config.d_model, bias=False)

    def forward(
        self, x: Tensor, layer: int, rotary: tuple[Tensor, Tensor] | None, attend: Attend
    ) -> Tensor:
        heads = self.qkv(x).unflatten(-1, (-1, self.head_size))  # (..., H + 2 Hkv, D)
        qk, v = heads.split(self.heads, dim=-2)
        if rotary is not None:
            qk = rotate(qk, *rotary)
        q, k = qk[..., : -v.shape[-2], :], qk[..., -v.shape[-2] :, :]
        out: Tensor = self.o(attend(layer, q, k, v).flatten(-2))
        return out  # (..., C)


class FeedForward(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate_up = Linear(config.d_model, 2 * config.d_ff, bias=False)
        self.down = Linear(config.d_ff, config.d_model, bias=False)
        self.gelu = config.activation == "gelu"

    def forward(self, x: Tensor) -> Tensor:  # (..., C) -> (..., C)
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        gate = F.gelu(gate, approximate="tanh") if self.gelu else F.silu(gate)
        out: Tensor = self.down(gate * up)
        return out


class Block(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.norm_eps)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.d_model, config.norm_eps)
        self.feed_forward = FeedForward(config)

    def forward(
        self, x: Tensor, layer: int, rotary: tuple[Tensor, Tensor] | None, attend: Attend
    ) -> Tensor:
        x = x + self.attention(self.attention_norm(x), layer, rotary, attend)
        out: Tensor = x + self.feed_forward(self.feed_forward_norm(x))
        return out


class Transformer(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        if config.positions == "t5":
            self.relative_bias = Embedding(config.relative_buckets, config.n_heads)
        if not config.tied_head:
            self.head = Linear(config.d_model, config.vocab_size, bias=False)

    @property
    def device(self) -> torch.device:
        return self.norm.weight.device

    def forward(self, ids: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """Token ids and positions (...), int64 -> hidden states (..., C) float32.

        Positions stay below the model's context: that is for the caller to see to.
        """
        assert ids.shape == positions.shape, f"{tuple(ids.shape)} ids, {tuple(positions.shape)}"
        x: Tensor = self.embedding(ids).float()  # (..., C)
        rotary = self._rotary(positions) if self.config.positions == "rotary" else None
        for layer, block in enumerate(self.blocks):
            x = block(x, layer, rotary, attend)
        return x

    def logits(self, hidden: Tensor) -> Tensor:
        """Hidden states (..., C) -> logits (..., V) float32. Ask only where they matter."""
        weight = self.embedding.weight if self.config.tied_head else self.head.weight
        return F.linear(self.norm(hidden).to(weight.dtype), weight).float()

    def bias(self, query_positions: Tensor, key_positions: Tensor) -> Tensor | None:
        """What positions add to the scores of attention: (..., T), (..., S) -> (..., H, T, S).

        float32; None when positions are rotary. Keys after their query may have any value.
        """
        if self.config.positions == "rotary":
            return None
        distance = (query_positions[..., :, None] - key_positions[..., None, :]).clamp(min=0)
        buckets = relative_bucket(
            distance, self.config.relative_buckets, self.config.relative_max_distance
        )
        out: Tensor = self.relative_bias(buckets).float().movedim(-1, -3)
        return out

    def _rotary(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """cos and sin of each position's angles: (..., 1, D/2) float32, the 1 for the heads."""
        frequencies = rotary_frequencies(self.config).to(positions.device)
        angles = (positions.float()[..., None] * frequencies)[..., None, :]
        return angles.cos(), angles.sin()
