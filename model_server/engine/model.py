"""The Transformer of the Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU.

Follows arXiv 2302.13971 (architecture), 2104.09864 (rotary embedding), 2305.13245 (grouped queries)
and 2002.05202 (SwiGLU). This is the plain torch reference; logits agree with transformers' to 1e-3.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model_server.engine.cache import KVCache
from model_server.engine.config import ModelConfig


class RMSNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) -> (B, T, C)
        # The mean square is taken in float32: in bfloat16 its rounding is visible in the logits.
        y = F.rms_norm(x.float(), (x.shape[-1],), self.weight.float(), self.eps)
        return y.to(x.dtype)


def rotary_tables(config: ModelConfig, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos and sin for every position: each (max_context, head_size), float32."""
    half = torch.arange(0, config.head_size, 2, dtype=torch.float32, device=device)
    frequencies = config.rope_base ** (-half / config.head_size)
    positions = torch.arange(config.max_context, dtype=torch.float32, device=device)
    angles = torch.outer(positions, frequencies)  # (S, D/2)
    angles = torch.cat((angles, angles), dim=-1)  # (S, D)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate pairs (i, i + D/2) of x (B, H, T, D) by the angles of cos and sin (T, D)."""
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.n_kv_heads = config.n_kv_heads
        self.head_size = config.head_size
        kv_size = config.n_kv_heads * config.head_size
        self.q = nn.Linear(config.d_model, config.d_model, bias=False)
        self.k = nn.Linear(config.d_model, kv_size, bias=False)
        self.v = nn.Linear(config.d_model, kv_size, bias=False)
        self.o = nn.Linear(config.d_model, config.d_model, bias=False)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: KVCache | None, layer: int
    ) -> Tensor:
        b, t, c = x.shape  # (B, T, C)
        q = self.q(x).view(b, t, self.n_heads, self.head_size).transpose(1, 2)  # (B, H, T, D)
        k = self.k(x).view(b, t, self.n_kv_heads, self.head_size).transpose(1, 2)
        v = self.v(x).view(b, t, self.n_kv_heads, self.head_size).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            k, v = cache.append(layer, k, v)  # (B, Hkv, S, D)
        group = self.n_heads // self.n_kv_heads
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        past = k.shape[2] - t
        mask = None
        if t > 1 and past:  # new tokens see all of the past and, among themselves, what precedes
            mask = torch.ones(t, t + past, dtype=torch.bool, device=x.device).tril(past)
        y = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=t > 1 and mask is None
        )
        out: Tensor = self.o(y.transpose(1, 2).reshape(b, t, c))
        return out  # (B, T, C)


class FeedForward(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.up = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.down = nn.Linear(config.d_ff, config.d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) -> (B, T, C)
        out: Tensor = self.down(F.silu(self.gate(x)) * self.up(x))
        return out


class Block(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.norm_eps)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.d_model, config.norm_eps)
        self.feed_forward = FeedForward(config)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: KVCache | None, layer: int
    ) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cos, sin, cache, layer)
        out: Tensor = x + self.feed_forward(self.feed_forward_norm(x))
        return out


class Transformer(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        if config.tied_head:
            self.head.weight = self.embedding.weight
        self._rotary: tuple[Tensor, Tensor] | None = None

    @property
    def device(self) -> torch.device:
        return self.embedding.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return self.embedding.weight.dtype

    def new_cache(self, batch: int, capacity: int) -> KVCache:
        return KVCache(self.config, batch, capacity, self.dtype, self.device)

    def forward(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """Token ids (B, T), int64 -> hidden states (B, T, C) after the last norm.

        With a cache, ids continue what it holds and are added to it. Raises ValueError when the
        sequence would outgrow the model's context.
        """
        assert ids.dim() == 2, f"ids must be (B, T), not {tuple(ids.shape)}"
        past = cache.length if cache is not None else 0
        end = past + ids.shape[1]
        if end > self.config.max_context:
            raise ValueError(f"{end} tokens; the model's context is {self.config.max_context}")
        if self._rotary is None or self._rotary[0].device != self.device:
            with torch.inference_mode(False):  # training may use them later
                self._rotary = rotary_tables(self.config, self.device)
        cos = self._rotary[0][past:end].to(self.dtype)  # (T, D)
        sin = self._rotary[1][past:end].to(self.dtype)
        x: Tensor = self.embedding(ids)  # (B, T, C)
        for layer, block in enumerate(self.blocks):
            x = block(x, cos, sin, cache, layer)
        if cache is not None:
            cache.advance(ids.shape[1])
        out: Tensor = self.norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        """Hidden states (..., C) -> float32 logits (..., V). Ask only where they matter."""
        out: Tensor = self.head(hidden).float()
        return out
