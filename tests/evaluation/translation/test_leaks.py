"""evaluation.translation.leaks."""

from __future__ import annotations

from evaluation.translation.leaks import leaked

HAMMER = {"en": ["hammer"], "ca": ["martell"], "it": ["martello"], "es": ["martillo"]}


def test_a_word_of_a_language_on_the_way_is_a_leak() -> None:
    assert leaked("Martell", HAMMER, "it") == ["ca"]
    assert leaked("Hammer", HAMMER, "it") == ["en"]


def test_a_word_that_the_target_has_too_is_none() -> None:
    library = {"en": ["library"], "es": ["biblioteca"], "it": ["biblioteca"]}
    assert leaked("biblioteca", library, "it") == []
    assert leaked("maglio", HAMMER, "it") == []
