"""evaluation.translation.kept."""

from __future__ import annotations

from evaluation.translation.kept import Case, read_cases


def test_a_lost_doubled_or_changed_string_is_broken() -> None:
    case = Case("Hello {name}, at 14:30.", ("{name}", "14:30"))
    assert case.broken_in("Hola {name}, a las 14:30.") == []
    assert case.broken_in("Hola {nombre}, a las 14:30.") == ["{name}"]
    assert case.broken_in("Hola {name} {name}, a las 14.30.") == ["{name}", "14:30"]


def test_every_text_holds_what_is_to_be_kept() -> None:
    cases = read_cases()
    assert len(cases) >= 30
    for case in cases:
        assert all(one and one in case.text for one in case.kept), case.text
