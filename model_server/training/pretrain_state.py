"""A pretraining run's checkpoint: one file, replaced whole or not at all."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch


class StateError(Exception):
    """A checkpoint is missing, broken, in the way, or of another run; the message says which."""


@dataclass(frozen=True, slots=True)
class State:
    settings: Mapping[str, Any]
    """What a run's result follows from: plain values by name."""
    tokenizer: str
    """tokenizer.json's text."""
    run: Mapping[str, Any]
    """Weights, optimiser, progress (pretrain_run.Run.state)."""


def write_state(path: Path, state: State) -> None:
    """Errors are the file system's (OSError); what stood there before stays until the end."""
    content = {"settings": state.settings, "tokenizer": state.tokenizer, "run": state.run}
    _replace(path, lambda file: torch.save(content, file))


def write_text(path: Path, text: str) -> None:
    _replace(path, lambda file: file.write(text.encode()))


def _replace(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_state(path: Path) -> State:
    """Raises StateError for a file that is missing or no checkpoint of ours."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return State(content["settings"], content["tokenizer"], content["run"])
    except FileNotFoundError:
        raise StateError(f"nothing to resume: there is no {path}") from None
    except (RuntimeError, EOFError, pickle.UnpicklingError, KeyError, TypeError) as error:
        raise StateError(f"{path} is not a checkpoint of pretraining: {error}") from None


def check_same(saved: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    """Raises StateError naming every setting that differs, with both values."""
    names = [name for name in {**saved, **now} if saved.get(name) != now.get(name)]
    if names:
        differing = "; ".join(f"{name}: {saved.get(name)}, now {now.get(name)}" for name in names)
        raise StateError(f"{path} is of a run with other settings. {differing}")
