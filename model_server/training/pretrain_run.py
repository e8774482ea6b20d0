"""One pretraining run: its settings, its step, its measure, and its state between steps."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from model_server.engine.attention import Whole
from model_server.engine.config import ModelConfig, RopeScaling
from model_server.engine.model import Transformer
from model_server.training.corpus import Split, Windows, held_out_windows, pack
from model_server.training.loss_curve import Point

Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run's result follows from, with the text: a checkpoint keeps it.

    The run ends after `steps` or `minutes`, whichever comes first; the learning rate falls with
    the nearer of the two, so that only a run bounded by steps alone is repeatable.
    """

    config: ModelConfig
    steps: int | None = None
    minutes: float | None = None
    seed: int = 1
    batch: int = 4
    sequence: int = 256
    learning_rate: float = 4e-3
    warmup_steps: int = 40
    weight_decay: float = 0.1
    dtype: Dtype = "float32"
    device: str = "cpu"
    measure_every: int = 100
    held_out_share: float = 0.05
    held_out_windows: int = 64

    def __post_init__(self) -> None:
        if self.steps is None and self.minutes is None:
            raise ValueError("a run needs an end: steps, minutes or both")
        positive = ("steps", "minutes", "batch", "sequence", "learning_rate", "measure_every")
        for name in positive:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value}; it must be above 0")
        if self.sequence > self.config.max_context:
            raise ValueError(
                f"sequence {self.sequence} is longer than the model's context, "
                f"{self.config.max_context}"
            )

    def settings(self) -> dict[str, Any]:
        """Plain values by name, the configuration's as "config.NAME"."""
        own = dataclasses.asdict(self)
        config = {f"config.{name}": value for name, value in own.pop("config").items()}
        return own | config

    @staticmethod
    def from_settings(settings: Mapping[str, Any]) -> Recipe:
        """The inverse of `settings`; what is neither recipe nor configuration is left out."""
        config = {
            field.name: settings[f"config.{field.name}"]
            for field in dataclasses.fields(ModelConfig)
            if f"config.{field.name}" in settings
        }
        if config["rope_scaling"] is not None:
            config["rope_scaling"] = RopeScaling(**config["rope_scaling"])
        names = {field.name for field in dataclasses.fields(Recipe)} & settings.keys()
        own = {name: settings[name] for name in names}
        return Recipe(config=ModelConfig(**config), **own)


def initialise(model: Transformer, seed: int) -> None:
    """Fresh weights: normal, one over the root of the inputs; distances all alike.

    What ends in the residual stream is less by the root of its depth (Radford et al. 2019,
    section 2.3). The usual 0.02 for all learns much more slowly in a model this narrow.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if name.startswith("relative_bias"):
            nn.init.zeros_(parameter)
        elif parameter.dim() > 1:
            deviation = parameter.shape[1] ** -0.5
            if name.endswith(("attention.o.weight", "feed_forward.down.weight")):
                deviation /= math.sqrt(2 * model.config.n_layers)
            nn.init.normal_(parameter, std=deviation, generator=generator)
        else:
            nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)


def learning_rate_factor(step: int, progress: float, warmup_steps: int) -> float:
    """Linear warm-up in steps, times a cosine from 1 to 0.1 over the run's progress (0..1)."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, progress))
    return min(1.0, (step + 1) / warmup_steps) * (0.1 + 0.9 * cosine)


def loss_of(model: Transformer, rows: Tensor) -> Tensor:
    """Mean cross-entropy, nats a token: rows (B, T + 1) int64 on the model's device -> ()."""
    ids, targets = rows[:, :-1], rows[:, 1:]
    positions = torch.arange(ids.shape[1], device=rows.device)[None]  # (1, T)
    hidden = model(ids, positions.expand_as(ids), Whole(model, positions))
    return F.cross_entropy(model.logits(hidden).flatten(0, 1), targets.flatten())


class Run:
    """Weights, optimiser and progress. `step`, `tokens` and `seconds` are what is behind."""

    def __init__(self, recipe: Recipe, tokenizer: Tokenizer, parts: Split) -> None:
        self.recipe = recipe
        self.device = _device(recipe.device)
        stream, held_out = pack(tokenizer, parts.training), pack(tokenizer, parts.held_out)
        self.windows = Windows(stream, recipe.sequence, recipe.batch, recipe.seed)
        self.held_out = held_out_windows(held_out, recipe.sequence, recipe.held_out_windows)
        held_out_bytes = sum(len(document.encode()) for document in parts.held_out)
        self.bytes_per_token = held_out_bytes / len(held_out)
        # A text too small for the vocabulary asked for has a smaller one.
        config = dataclasses.replace(recipe.config, vocab_size=tokenizer.get_vocab_size())
        self.model = Transformer(config)
        initialise(self.model, recipe.seed)
        self.model.to(self.device)
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": recipe.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=recipe.learning_rate,
            betas=(0.9, 0.95),
            fused=True,
        )
        self.step = self.tokens = 0
        self.seconds = 0.0
        self.curve: list[Point] = []
        self._losses: list[float] = []  # of the steps since the last point of the curve

    @property
    def progress(self) -> float:
        """0 at the start, 1 or more at the end."""
        by_steps = self.step / self.recipe.steps if self.recipe.steps else 0.0
        by_time = self.seconds / (60 * self.recipe.minutes) if self.recipe.minutes else 0.0
        return max(by_steps, by_time)

    @property
    def finished(self) -> bool:
        return self.progress >= 1

    def train_step(self) -> float:
        """One step on the next batch; its loss. Raises ArithmeticError if that is not finite."""
        factor = learning_rate_factor(self.step, self.progress, self.recipe.warmup_steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * factor
        rows = torch.from_numpy(self.windows[self.step]).to(self.device)
        low = self.recipe.dtype == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            loss = loss_of(self.model, rows)
        value = loss.item()
        if not math.isfinite(value):
            raise ArithmeticError(
                f"step {self.step + 1}: the loss is {value}; the last checkpoint is whole, "
                "a lower learning rate may help"
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self.tokens += rows[:, 1:].numel()
        self._losses.append(value)
        return value

    def measure(self) -> None:
        """Adds a point to the curve: the held-out loss in float32."""
        with torch.inference_mode():
            pieces = torch.split(torch.from_numpy(self.held_out).to(self.device), 8)
            total = sum(loss_of(self.model, rows).item() * len(rows) for rows in pieces)
        train_loss = sum(self._losses) / len(self._losses)
        held_out_loss = total / len(self.held_out)
        self.curve.append(Point(self.step, self.tokens, self.seconds, train_loss, held_out_loss))
        self._losses = []

    def state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": (self.step, self.tokens, self.seconds),
            "curve": [tuple(point) for point in self.curve],
            "losses": self._losses,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.tokens, self.seconds = state["progress"]
        self.curve = [Point(*point) for point in state["curve"]]
        self._losses = list(state["losses"])


def _device(name: str) -> torch.device:
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch raises either
        raise ValueError(f"device {name} cannot be used on this machine: {error}") from None


def fastest_dtype(device_name: str) -> Dtype:
    """In which the machine takes products faster: timed, some milliseconds.

    Raises ValueError for a device that is not there.
    """
    device = _device(device_name)
    fastest = {}
    for dtype in (torch.float32, torch.bfloat16):
        left = torch.ones(1024, 256, dtype=dtype, device=device)
        right = torch.ones(256, 2048, dtype=dtype, device=device)
        times = []
        for _ in range(8):  # the quickest counts: others may use the machine
            started = time.monotonic()
            (left @ right).sum().item()
            times.append(time.monotonic() - started)
        fastest[dtype] = min(times)
    return "bfloat16" if fastest[torch.bfloat16] < 0.7 * fastest[torch.float32] else "float32"
