"""Makes tiny_en_fr/, the translation model that the tests load: `python make_tiny_model.py`.

Covers: a SentencePiece vocabulary and a Transformer of one layer, trained for some seconds on the
sentences below until it knows them by heart, converted to CTranslate2 in int8 (about 130 KB) and
laid out as an Argos package. It knows nothing else, and serves no purpose but tests. Unknown
characters stand in the training text as <unk>, so that it learns where they go, as real models do.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import shutil
from pathlib import Path

import ctranslate2
import numpy as np
import sentencepiece
import torch
from ctranslate2.specs import TransformerSpec
from torch import Tensor, nn

FOLDER = Path(__file__).with_name("tiny_en_fr")
UNKNOWN = "\ue000"
DIMENSION, HEADS, HIDDEN, MAX_LENGTH = 64, 4, 128, 64
STEPS, SEED, PAD = 600, 7, -1

NOUNS = {"cat": "le chat", "dog": "le chien", "bread": "le pain", "garden": "le jardin"}
STATES = {"is here": "est ici", "is small": "est petit", "is old": "est vieux"}
PHRASES = {
    "Hello.": "Bonjour.",
    "Good night.": "Bonne nuit.",
    "Thank you very much.": "Merci beaucoup.",
    "Where is the station?": "Où est la gare ?",
    "I see the house.": "Je vois la maison.",
}


def sentences() -> list[tuple[str, str]]:
    pairs = list(PHRASES.items())
    for (noun, nom), (state, etat) in itertools.product(NOUNS.items(), STATES.items()):
        pairs.append((f"The {noun} {state}.", f"{nom.capitalize()} {etat}."))
    for noun, nom in NOUNS.items():
        pairs.append((f"I see the {noun}.", f"Je vois {nom}."))
    for state, etat in STATES.items():
        pairs.append((f"{UNKNOWN} {state}.", f"{UNKNOWN} {etat}."))
    pairs.append((f"I see {UNKNOWN}.", f"Je vois {UNKNOWN}."))
    return pairs


class Model(nn.Module):
    """One encoder and one decoder layer, each normalised first, as CTranslate2's default is."""

    def __init__(self, size: int) -> None:
        super().__init__()
        layer = {"dim_feedforward": HIDDEN, "dropout": 0.0, "batch_first": True, "norm_first": True}
        self.source = nn.Embedding(size, DIMENSION)
        self.target = nn.Embedding(size, DIMENSION)
        self.encoder = nn.TransformerEncoderLayer(DIMENSION, HEADS, **layer)  # type: ignore[arg-type]
        self.encoder_norm = nn.LayerNorm(DIMENSION)
        self.decoder = nn.TransformerDecoderLayer(DIMENSION, HEADS, **layer)  # type: ignore[arg-type]
        self.decoder_norm = nn.LayerNorm(DIMENSION)
        self.output = nn.Linear(DIMENSION, size)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits (B, T, V) of (B, S) and (B, T) token ids, PAD where a sentence is over."""
        positions = torch.from_numpy(position_encodings())
        scale = math.sqrt(DIMENSION)
        over = source == PAD
        inside = self.source(source.clamp(min=0)) * scale + positions[: source.shape[1]]
        memory = self.encoder_norm(self.encoder(inside, src_key_padding_mask=over))  # (B, S, D)
        length = target.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        outside = self.target(target.clamp(min=0)) * scale + positions[:length]
        decoded = self.decoder(
            outside, memory, tgt_mask=mask, memory_key_padding_mask=over, tgt_is_causal=True
        )  # (B, T, D)
        logits: Tensor = self.output(self.decoder_norm(decoded))
        return logits


def position_encodings() -> np.ndarray:
    """(MAX_LENGTH, DIMENSION), sines and cosines."""
    rates = np.exp(np.arange(0, DIMENSION, 2) * -(math.log(10_000.0) / DIMENSION))
    angles = np.arange(MAX_LENGTH)[:, None] * rates[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def train_pieces(pairs: list[tuple[str, str]]) -> bytes:
    text = [side.replace(UNKNOWN, "") for pair in pairs for side in pair]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text),
        model_writer=model,
        vocab_size=110,
        hard_vocab_limit=False,
        normalization_rule_name="identity",  # the usual rules are 240 KB
        minloglevel=2,
    )
    return model.getvalue()


def train(pairs: list[tuple[str, str]], pieces: sentencepiece.SentencePieceProcessor) -> Model:
    torch.manual_seed(SEED)
    model = Model(pieces.get_piece_size())
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    loss_of = nn.CrossEntropyLoss(ignore_index=PAD)
    source = _padded([pieces.encode(source) for source, _ in pairs])
    given = _padded([[pieces.bos_id(), *pieces.encode(target)] for _, target in pairs])
    wanted = _padded([[*pieces.encode(target), pieces.eos_id()] for _, target in pairs])
    for step in range(STEPS):
        loss = loss_of(model(source, given).flatten(0, 1), wanted.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 0:
            print(f"step {step}: loss {loss.item():.4f}")
    return model


def _padded(rows: list[list[int]]) -> Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def convert(model: Model, vocabulary: list[str], folder: Path) -> None:
    spec = TransformerSpec.from_config(1, HEADS, alignment_layer=-1, alignment_heads=1)
    for side, embedding, layer, norm in (
        (spec.encoder, model.source, model.encoder, model.encoder_norm),
        (spec.decoder, model.target, model.decoder, model.decoder_norm),
    ):
        embeddings = side.embeddings[0] if side is spec.encoder else side.embeddings
        embeddings.weight = embedding.weight.detach().numpy()
        side.scale_embeddings = True
        side.position_encodings.encodings = position_encodings()
        _norm(side.layer_norm, norm)
        (into,) = side.layer
        _attention(into.self_attention, layer.self_attn, layer.norm1)
        last = layer.norm2
        if isinstance(layer, nn.TransformerDecoderLayer):
            _cross_attention(into.attention, layer.multihead_attn, layer.norm2)
            last = layer.norm3
        _norm(into.ffn.layer_norm, last)
        _linear(into.ffn.linear_0, layer.linear1.weight, layer.linear1.bias)
        _linear(into.ffn.linear_1, layer.linear2.weight, layer.linear2.bias)
    _linear(spec.decoder.projection, model.output.weight, model.output.bias)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))


def _attention(into: object, layer: nn.MultiheadAttention, norm: nn.LayerNorm) -> None:
    _norm(into.layer_norm, norm)  # type: ignore[attr-defined]
    _linear(into.linear[0], layer.in_proj_weight, layer.in_proj_bias)  # type: ignore[attr-defined]
    _linear(into.linear[1], layer.out_proj.weight, layer.out_proj.bias)  # type: ignore[attr-defined]


def _cross_attention(into: object, layer: nn.MultiheadAttention, norm: nn.LayerNorm) -> None:
    weight, bias = layer.in_proj_weight, layer.in_proj_bias
    _norm(into.layer_norm, norm)  # type: ignore[attr-defined]
    _linear(into.linear[0], weight[:DIMENSION], bias[:DIMENSION])  # type: ignore[attr-defined]
    _linear(into.linear[1], weight[DIMENSION:], bias[DIMENSION:])  # type: ignore[attr-defined]
    _linear(into.linear[2], layer.out_proj.weight, layer.out_proj.bias)  # type: ignore[attr-defined]


def _linear(into: object, weight: Tensor, bias: Tensor) -> None:
    into.weight = weight.detach().numpy()  # type: ignore[attr-defined]
    into.bias = bias.detach().numpy()  # type: ignore[attr-defined]


def _norm(into: object, norm: nn.LayerNorm) -> None:
    into.gamma = norm.weight.detach().numpy()  # type: ignore[attr-defined]
    into.beta = norm.bias.detach().numpy()  # type: ignore[attr-defined]


def main() -> None:
    pairs = sentences()
    proto = train_pieces(pairs)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=proto)
    model = train(pairs, pieces)
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "model").mkdir(parents=True)
    vocabulary = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]
    convert(model, vocabulary, FOLDER / "model")
    (FOLDER / "sentencepiece.model").write_bytes(proto)
    metadata = {
        "package_version": "1.0",
        "argos_version": "1.0",
        "from_code": "en",
        "from_name": "English",
        "to_code": "fr",
        "to_name": "French",
    }
    (FOLDER / "metadata.json").write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8")
    translator = ctranslate2.Translator(str(FOLDER / "model"))
    right = 0
    for source, target in pairs:
        tokens = pieces.encode(source, out_type=str)
        (answer,) = translator.translate_batch([tokens], beam_size=4, replace_unknowns=True)
        found = pieces.decode(answer.hypotheses[0])
        right += found == target
        if found != target:
            print(f"{source!r} -> {found!r}, not {target!r}")
    print(f"{right} of {len(pairs)} sentences right")


if __name__ == "__main__":
    main()
