"""Train a small model from scratch on a folder of text.

    python -m model_server.training.pretrain --text FOLDER --out FOLDER --minutes 5

A byte-level BPE tokenizer is trained on the text, then a Transformer of engine/config.py with
AdamW, warm-up and a cosine fall of the learning rate. `--out` gets a model that the engine opens
and training/: state.pt (the checkpoint), loss.csv and loss.svg. Every random choice follows from
the seed and the step, so a checkpoint needs no generator's state: stopped and resumed, a run of
`--steps` on a CPU ends with the same bits as one left alone. docs/pretraining.md has figures.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from model_server.checkpoints.checkpoint import save_folder
from model_server.engine.config import NAMED, ModelConfig
from model_server.training import corpus
from model_server.training.loss_curve import Point, as_csv, as_svg
from model_server.training.pretrain_run import Recipe, Run, fastest_dtype
from model_server.training.pretrain_state import (
    State,
    StateError,
    check_same,
    read_state,
    write_state,
    write_text,
)
from model_server.training.yardsticks import bigram_loss, unigram_loss

_REPORT_EVERY = 10


@contextlib.contextmanager
def stop_on_sigint() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether SIGINT came; a second SIGINT ends the program at once."""
    asked = False

    def ask(_signal: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, previous)


def saved_recipe(out: Path) -> Recipe:
    """The recipe of the run whose checkpoint is in `out`. Raises StateError without one."""
    return Recipe.from_settings(read_state(_state_path(out)).settings)


def pretrain(
    text: Path,
    out: Path,
    recipe: Recipe,
    *,
    resume: bool = False,
    checkpoint_every: int = 100,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
) -> list[Point]:
    """Train until the recipe's end or until `stop()`, and return the loss curve.

    Raises CorpusError (the text), StateError (an `out` that is not empty; with `resume`: no
    checkpoint or one of other settings) and ArithmeticError (a loss that is not finite).
    """
    if not resume and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StateError(f"{out} is not an empty folder; --resume goes on from its checkpoint")
    saved = read_state(_state_path(out)) if resume else None
    documents = corpus.read_documents(text)
    settings = recipe.settings() | {"text": corpus.digest(documents)}
    if saved is not None:
        check_same(saved.settings, settings, _state_path(out))
    parts = corpus.split(documents, recipe.held_out_share, recipe.seed)
    if saved is not None:
        tokenizer = Tokenizer.from_str(saved.tokenizer)
    else:
        tokenizer = corpus.train_tokenizer(parts.training, recipe.config.vocab_size)
    run = Run(recipe, tokenizer, parts)
    if saved is not None:
        run.load(saved.run)
    yardsticks = _yardsticks(run)
    say(_opening(run, parts, yardsticks))

    def checkpoint() -> None:
        write_state(_state_path(out), State(settings, tokenizer.to_str(), run.state()))
        write_text(out / "training" / "loss.csv", as_csv(run.curve))
        write_text(out / "training" / "loss.svg", as_svg(run.curve, yardsticks))

    if saved is None:
        checkpoint()
    _train(run, checkpoint, checkpoint_every, stop, say)
    save_folder(out, run.model.config, run.model.state_dict(), tokenizer.to_str())
    say(_closing(run, yardsticks))
    return run.curve


def _train(
    run: Run,
    checkpoint: Callable[[], None],
    checkpoint_every: int,
    stop: Callable[[], bool],
    say: Callable[[str], None],
) -> None:
    started, before = time.monotonic(), run.seconds
    while not run.finished and not stop():
        loss = run.train_step()
        run.seconds = before + time.monotonic() - started
        if run.step % run.recipe.measure_every == 0 or run.finished:
            run.measure()
            say(_measured(run.curve[-1]))
        elif run.step % _REPORT_EVERY == 0:
            say(f"step {run.step}  loss {loss:.3f}  {run.tokens / run.seconds:,.0f} tokens/s")
        if run.step % checkpoint_every == 0:
            checkpoint()
    checkpoint()


def _state_path(out: Path) -> Path:
    return out / "training" / "state.pt"


def _yardsticks(run: Run) -> dict[str, float]:
    data = run.windows.stream, run.held_out, run.model.config.vocab_size
    return {"unigram": unigram_loss(*data), "bigram": bigram_loss(*data)}


def _opening(run: Run, parts: corpus.Split, yardsticks: dict[str, float]) -> str:
    parameters = sum(parameter.numel() for parameter in run.model.parameters())
    return (
        f"{len(parts.training)} documents to train on, {len(run.windows.stream):,} tokens; "
        f"{len(parts.held_out)} held out, measured on {run.held_out[:, 1:].size:,} tokens\n"
        f"{parameters:,} parameters, vocabulary {run.model.config.vocab_size}, "
        f"{run.recipe.dtype} products, {torch.get_num_threads()} threads\n"
        + "held-out loss by counting: "
        + ", ".join(f"{name} {loss:.3f}" for name, loss in yardsticks.items())
    )


def _measured(point: Point) -> str:
    return (
        f"step {point.step}  loss {point.train_loss:.3f}  held out {point.held_out_loss:.3f}  "
        f"{point.tokens:,} tokens  {point.seconds:.0f} s"
    )


def _closing(run: Run, yardsticks: dict[str, float]) -> str:
    if not run.finished:
        return f"stopped after step {run.step}; --resume goes on"
    loss = run.curve[-1].held_out_loss
    against = ", ".join(f"{name} {other:.3f}" for name, other in yardsticks.items())
    bits = loss / math.log(2) / run.bytes_per_token
    return f"done: held out {loss:.3f} nats a token, {bits:.2f} bits a byte ({against})"


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Train a small model from scratch on a folder of text.",
        epilog="With --resume, what is not given is as it was; what is given must be.",
    )
    parser.add_argument("--text", type=Path, required=True, help=".txt and .md files, UTF-8")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--resume", action="store_true", help="go on from --out's checkpoint")
    parser.add_argument("--config", choices=sorted(NAMED), help="default: lamda-small")
    parser.add_argument("--steps", type=int, help="the end, in steps")
    parser.add_argument("--minutes", type=float, help="the end, in minutes (default: 5)")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--batch", type=int, help="sequences a step")
    parser.add_argument("--sequence", type=int, help="tokens a sequence")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16"), help="of products; default: the faster here"
    )
    parser.add_argument(
        "--device", choices=("cpu", "cuda", "mps"), help="default: cuda where there is one"
    )
    parser.add_argument("--threads", type=int, help="default: torch's choice")
    parser.add_argument("--checkpoint-every", type=int, default=200, help="steps")
    return parser.parse_args(argv)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    names = ("steps", "minutes", "seed", "batch", "sequence", "learning_rate", "dtype", "device")
    given: dict[str, Any] = {
        name: value for name in names if (value := getattr(arguments, name)) is not None
    }
    if arguments.config is not None:
        given["config"] = NAMED[arguments.config]
    if arguments.resume:
        return dataclasses.replace(saved_recipe(arguments.out), **given)
    if not {"steps", "minutes"} & given.keys():
        given["minutes"] = 5.0
    given.setdefault("device", "cuda" if torch.cuda.is_available() else "cpu")
    given.setdefault("dtype", fastest_dtype(given["device"]))
    config: ModelConfig = given.pop("config", NAMED["lamda-small"])
    return Recipe(config=config, **given)


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        recipe = _recipe(arguments)
        with stop_on_sigint() as stop:
            pretrain(
                arguments.text,
                arguments.out,
                recipe,
                resume=arguments.resume,
                checkpoint_every=arguments.checkpoint_every,
                stop=stop,
                say=lambda line: print(line, flush=True),
            )
            return 130 if stop() else 0
    except (corpus.CorpusError, StateError, ValueError, ArithmeticError, OSError) as error:
        print(f"pretrain: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
