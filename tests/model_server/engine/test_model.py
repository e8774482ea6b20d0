"""The Transformer against transformers' own, and against itself with a cache."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer

TINY = ModelConfig(
    vocab_size=97,
    n_layers=3,
    n_heads=6,
    n_kv_heads=2,
    d_model=48,
    d_ff=80,
    max_context=64,
    rope_base=50_000.0,
    norm_eps=1e-5,
    tied_head=False,
)


def _copied_from_transformers() -> tuple[Transformer, torch.nn.Module]:
    torch.manual_seed(3)
    reference = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=TINY.vocab_size,
            hidden_size=TINY.d_model,
            intermediate_size=TINY.d_ff,
            num_hidden_layers=TINY.n_layers,
            num_attention_heads=TINY.n_heads,
            num_key_value_heads=TINY.n_kv_heads,
            max_position_embeddings=TINY.max_context,
            rope_theta=TINY.rope_base,
            rope_parameters={"rope_type": "default", "rope_theta": TINY.rope_base},
            rms_norm_eps=TINY.norm_eps,
            tie_word_embeddings=False,
        )
    ).eval()
    for parameter in reference.parameters():  # so that a missing norm or scale shows
        torch.nn.init.normal_(parameter, std=0.3)
    theirs = reference.state_dict()
    ours = {
        "embedding.weight": theirs["model.embed_tokens.weight"],
        "norm.weight": theirs["model.norm.weight"],
        "head.weight": theirs["lm_head.weight"],
    }
    names = {
        "attention.q": "self_attn.q_proj",
        "attention.k": "self_attn.k_proj",
        "attention.v": "self_attn.v_proj",
        "attention.o": "self_attn.o_proj",
        "attention_norm": "input_layernorm",
        "feed_forward_norm": "post_attention_layernorm",
        "feed_forward.gate": "mlp.gate_proj",
        "feed_forward.up": "mlp.up_proj",
        "feed_forward.down": "mlp.down_proj",
    }
    for layer in range(TINY.n_layers):
        for name, other in names.items():
            weight = theirs[f"model.layers.{layer}.{other}.weight"]
            ours[f"blocks.{layer}.{name}.weight"] = weight
    model = Transformer(TINY)
    model.load_state_dict(ours)
    return model.eval(), reference


@torch.inference_mode()
def test_logits_equal_those_of_transformers_on_the_same_weights() -> None:
    model, reference = _copied_from_transformers()
    ids = torch.randint(0, TINY.vocab_size, (2, 40), generator=torch.Generator().manual_seed(1))
    expected = reference(ids).logits
    assert expected.abs().max() > 1  # weights that say nothing would agree by chance
    torch.testing.assert_close(model.logits(model(ids)), expected, atol=1e-3, rtol=1e-3)


@torch.inference_mode()
@pytest.mark.parametrize("cuts", [(1, 2, 3), (10, 11, 30), (39,), ()])
def test_reading_in_pieces_through_a_cache_gives_the_same_states(cuts: tuple[int, ...]) -> None:
    model, _ = _copied_from_transformers()
    ids = torch.randint(0, TINY.vocab_size, (1, 40), generator=torch.Generator().manual_seed(2))
    cache = model.new_cache(1, 40)
    pieces = [
        model(ids[:, start:end], cache) for start, end in zip((0, *cuts), (*cuts, 40), strict=True)
    ]
    torch.testing.assert_close(torch.cat(pieces, dim=1), model(ids), atol=1e-4, rtol=1e-4)


def test_a_sequence_longer_than_the_context_is_refused_with_the_limit() -> None:
    model, _ = _copied_from_transformers()
    with pytest.raises(ValueError, match="65 tokens; the model's context is 64"):
        model(torch.zeros(1, 65, dtype=torch.int64))


def test_a_cache_never_grows_silently() -> None:
    model, _ = _copied_from_transformers()
    cache = model.new_cache(1, 4)
    with pytest.raises(ValueError, match="room for 4 tokens, 5 are needed"):
        model(torch.zeros(1, 5, dtype=torch.int64), cache)


def test_impossible_shapes_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="d_model 50 is not a multiple of n_heads 6"):
        ModelConfig(97, 1, 6, 2, 50, 80, 64, 1e4, 1e-5)
    with pytest.raises(ValueError, match="n_heads 6 is not a multiple of n_kv_heads 4"):
        ModelConfig(97, 1, 6, 4, 48, 80, 64, 1e4, 1e-5)
