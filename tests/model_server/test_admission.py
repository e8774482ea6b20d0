"""Who is let in, and when whoever is not may come back."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from model_server import admission
from model_server.admission import Admission
from services.chassis import Failure
from services.contract import ErrorCode


def test_as_many_as_may_be_inside_are_let_in_and_places_come_free() -> None:
    bound = Admission(limit=2)
    with ExitStack() as inside:
        inside.enter_context(bound.enter())
        inside.enter_context(bound.enter())
        with pytest.raises(Failure, match=r"2 requests .* max_queue") as caught, bound.enter():
            pass
        assert caught.value.code is ErrorCode.OVERLOADED
        assert caught.value.retry_after_s == 1  # nothing is known yet
    assert bound.inside == 0
    with bound.enter():
        assert bound.inside == 1


def test_a_failing_request_leaves_its_place() -> None:
    bound = Admission(limit=1)
    with pytest.raises(ZeroDivisionError), bound.enter():
        raise ZeroDivisionError
    assert bound.inside == 0


def test_the_time_to_come_back_is_what_a_request_lately_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 0.0
    monkeypatch.setattr(admission.time, "monotonic", lambda: now_s)
    bound = Admission(limit=1)
    for took_s in (2.0, 4.2):
        with bound.enter():
            now_s += took_s
    assert bound.retry_after_s() == 4  # 3.1 on average, rounded up
    with bound.enter():
        now_s += 10_000
    assert bound.retry_after_s() == admission.MAX_RETRY_S
