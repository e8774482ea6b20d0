"""Pretraining on a few kilobytes of text and a model of some ten thousand parameters."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import signal
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.engine.config import NAMED, ModelConfig
from model_server.engine.engine import Engine
from model_server.engine.requests import Generate, Tokens
from model_server.engine.runner import Options, load
from model_server.training.loss_curve import as_csv, as_svg
from model_server.training.pretrain import main, pretrain, saved_recipe, stop_on_sigint
from model_server.training.pretrain_run import Dtype, Recipe, learning_rate_factor
from model_server.training.pretrain_state import State, StateError, read_state, write_state

TINY = ModelConfig(
    vocab_size=290,
    n_layers=2,
    n_heads=2,
    n_kv_heads=2,
    d_model=32,
    d_ff=64,
    head_size=16,
    max_context=64,
    norm_eps=1e-6,
    positions="t5",
    activation="gelu",
)
RECIPE = Recipe(
    TINY, steps=12, batch=4, sequence=32, warmup_steps=3, measure_every=4, held_out_windows=8
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Products this small are slower on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def quiet(_line: str) -> None:
    pass


@pytest.fixture
def text(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    rng = random.Random(3)
    sentences = ["the dog sees the cat.", "the cat sees the tree.", "the tree sees the dog."]
    for index in range(40):
        (folder / f"{index:02}.txt").write_text(
            " ".join(rng.choices(sentences, k=8)), encoding="utf-8"
        )
    return folder


def trained(out: Path) -> State:
    return read_state(out / "training" / "state.pt")


def assert_same_run(one: Path, other: Path) -> None:
    """Weights, optimiser, progress and curve, all but the seconds, to the bit."""
    left, right = dict(trained(one).run), dict(trained(other).run)
    for state in (left, right):
        state["progress"] = state["progress"][:2]
        state["curve"] = [point[:2] + point[3:] for point in state["curve"]]
    torch.testing.assert_close(left, right, rtol=0, atol=0)
    for file in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (one / file).read_bytes() == (other / file).read_bytes()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_it_learns_what_counting_pairs_cannot(text: Path, tmp_path: Path, dtype: Dtype) -> None:
    recipe = dataclasses.replace(
        RECIPE, steps=90, learning_rate=1e-2, measure_every=30, dtype=dtype
    )
    lines: list[str] = []
    curve = pretrain(text, tmp_path / "out", recipe, say=lines.append)
    bigram = float(lines[0].rpartition("bigram ")[2])
    assert curve[-1].held_out_loss < bigram
    assert [point.step for point in curve] == [30, 60, 90]


def test_a_stopped_and_resumed_run_is_bit_for_bit_the_run_left_alone(
    text: Path, tmp_path: Path
) -> None:
    pretrain(text, tmp_path / "whole", RECIPE, say=quiet)
    left = iter([False] * 5 + [True] * 9)
    pretrain(text, tmp_path / "parts", RECIPE, stop=lambda: next(left), say=quiet)
    assert trained(tmp_path / "parts").run["progress"][0] == 5
    pretrain(text, tmp_path / "parts", RECIPE, resume=True, say=quiet)
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_a_crashed_run_goes_on_from_its_last_checkpoint_and_ends_the_same(
    text: Path, tmp_path: Path
) -> None:
    def crash(line: str) -> None:
        if line.startswith("step 8 "):
            raise KeyboardInterrupt

    pretrain(text, tmp_path / "whole", RECIPE, say=quiet)
    with pytest.raises(KeyboardInterrupt):
        pretrain(text, tmp_path / "parts", RECIPE, checkpoint_every=7, say=crash)
    assert trained(tmp_path / "parts").run["progress"][0] == 7
    pretrain(text, tmp_path / "parts", RECIPE, resume=True, say=quiet)
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_another_seed_gives_another_model(text: Path, tmp_path: Path) -> None:
    pretrain(text, tmp_path / "one", dataclasses.replace(RECIPE, steps=1), say=quiet)
    pretrain(text, tmp_path / "two", dataclasses.replace(RECIPE, steps=1, seed=2), say=quiet)
    with pytest.raises(AssertionError):
        assert_same_run(tmp_path / "one", tmp_path / "two")


def test_minutes_end_a_run_too(text: Path, tmp_path: Path) -> None:
    recipe = dataclasses.replace(RECIPE, steps=None, minutes=1e-6)
    assert [point.step for point in pretrain(text, tmp_path / "out", recipe, say=quiet)] == [1]


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_the_engine_opens_what_was_written_and_ends_a_sentence_as_the_text_does(
    text: Path, tmp_path: Path, dtype: str
) -> None:
    recipe = dataclasses.replace(RECIPE, steps=90, learning_rate=1e-2, measure_every=90)
    pretrain(text, tmp_path / "out", recipe, say=quiet)
    tokenizer = open_checkpoint(tmp_path / "out").tokenizer
    prompt = [tokenizer.control("<|endoftext|>"), *tokenizer.encode("the tree sees the")]
    with contextlib.closing(load(Options(tmp_path / "out", device="cpu", dtype=dtype))) as runner:
        engine = Engine(runner, max_running=1, prefill_tokens=64, max_drafts=0)
        engine.submit(Generate(1, tuple(prompt), max_new=2, stop=()))
        events = [event for _ in range(4) for event in engine.step()]
    said = [token for event in events if isinstance(event, Tokens) for token in event.ids]
    assert tokenizer.decode(said) == " dog."


def test_what_is_exported_is_what_was_trained(text: Path, tmp_path: Path) -> None:
    pretrain(text, tmp_path / "out", dataclasses.replace(RECIPE, steps=1), say=quiet)
    weights = trained(tmp_path / "out").run["model"]
    exported = dict(open_checkpoint(tmp_path / "out").tensors())
    torch.testing.assert_close(exported, dict(weights), rtol=0, atol=0)


def test_a_folder_with_something_in_it_is_left_alone(text: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(StateError, match=r"out is not an empty folder; --resume"):
        pretrain(text, tmp_path / "out", RECIPE, say=quiet)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_resume_with_other_settings_names_those_that_differ(text: Path, tmp_path: Path) -> None:
    pretrain(text, tmp_path / "out", dataclasses.replace(RECIPE, steps=1), say=quiet)
    (text / "new.txt").write_text("the cow sees the car.")
    other = dataclasses.replace(
        RECIPE, learning_rate=1e-4, config=dataclasses.replace(TINY, d_ff=65)
    )
    with pytest.raises(StateError) as caught:
        pretrain(text, tmp_path / "out", other, resume=True, say=quiet)
    for part in ("steps: 1, now 12", "learning_rate: 0.004, now 0.0001", "config.d_ff: 64, now 65"):
        assert part in str(caught.value)
    assert "text: " in str(caught.value)
    assert "seed" not in str(caught.value)


def test_a_run_keeps_its_recipe(text: Path, tmp_path: Path) -> None:
    recipe = dataclasses.replace(RECIPE, steps=1, seed=5)
    pretrain(text, tmp_path / "out", recipe, say=quiet)
    assert saved_recipe(tmp_path / "out") == recipe


def test_what_cannot_be_resumed_says_why(text: Path, tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"there is no .*state\.pt"):
        pretrain(text, tmp_path / "out", RECIPE, resume=True, say=quiet)
    pretrain(text, tmp_path / "out", dataclasses.replace(RECIPE, steps=1), say=quiet)
    path = tmp_path / "out" / "training" / "state.pt"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(StateError, match=r"state\.pt is not a checkpoint"):
        pretrain(text, tmp_path / "out", RECIPE, resume=True, say=quiet)


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    write_state(path, State({"seed": 1}, "{}", {}))
    with pytest.raises(AttributeError, match="pickle"):
        write_state(path, State({"seed": lambda: 1}, "{}", {}))
    assert read_state(path).settings == {"seed": 1}


def test_sigint_asks_for_a_stop_once_and_then_ends_the_program() -> None:
    with stop_on_sigint() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_command_trains_the_small_configuration_and_goes_on(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--text", str(text), "--out", str(tmp_path / "out")]
    run = ["--steps", "2", "--batch", "1", "--sequence", "16", "--device", "cpu"]
    assert main([*command, *run]) == 0
    printed = capsys.readouterr().out
    assert "done: held out" in printed
    assert main([*command, "--resume"]) == 0
    assert main([*command, "--resume", "--seed", "9"]) == 1
    assert "seed: 1, now 9" in capsys.readouterr().err
    assert open_checkpoint(tmp_path / "out").config.n_layers == NAMED["lamda-small"].n_layers


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": None}, "needs an end"),
        ({"steps": 0}, "steps is 0; it must be above 0"),
        ({"sequence": 65}, "sequence 65 is longer than the model's context, 64"),
    ],
)
def test_a_recipe_that_cannot_work_says_so(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(RECIPE, **change)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_device_that_is_not_there_is_named(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--text", str(text), "--out", str(tmp_path / "out"), "--dtype", "float32"]
    assert main([*command, "--device", "cuda"]) == 1
    assert "device cuda cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_learning_rate_warms_up_and_falls_to_a_tenth() -> None:
    factors = [learning_rate_factor(step, step / 100, 10) for step in range(101)]
    assert factors[:10] == sorted(factors[:10])
    assert max(factors) == factors[9] > 0.97
    assert factors[9:] == sorted(factors[9:], reverse=True)
    assert factors[100] == pytest.approx(0.1)


def test_the_curve_is_written_as_numbers_and_as_a_picture(text: Path, tmp_path: Path) -> None:
    curve = pretrain(text, tmp_path / "out", RECIPE, say=quiet)
    lines = as_csv(curve).splitlines()
    assert lines[0] == "step,tokens,seconds,train_loss,held_out_loss"
    assert [line.split(",")[0:2] for line in lines[1:]] == [
        ["4", "512"],
        ["8", "1024"],
        ["12", "1536"],
    ]
    assert (tmp_path / "out" / "training" / "loss.csv").read_text() == as_csv(curve)
    picture = ET.fromstring(as_svg(curve, {"unigram": 6.0}))
    drawn = picture.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.get("points", "").split()) for line in drawn] == [3, 3]
