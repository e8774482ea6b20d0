"""When a tool that fails is asked again, with a clock set by hand."""

from __future__ import annotations

import pytest

from gateway.breaker import Breaker, BreakerLimits, Outcome

THRICE: tuple[Outcome, ...] = ("failure",) * 3
GIVEN_UP: tuple[Outcome, ...] = ("unknown",) * 5


class Clock:
    now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("calculator", BreakerLimits(failures=3, open_s=10.0), clock)


def call(breaker: Breaker, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        permit = breaker.enter()
        assert permit is not None, "it was not asked"
        breaker.leave(permit, outcome)


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    call(breaker, "failure", "failure", "failure")
    assert breaker.enter() is None


def test_an_answer_between_failures_keeps_it_closed(breaker: Breaker) -> None:
    call(breaker, "failure", "failure", "success", "failure", "failure")
    assert breaker.enter() is not None


def test_a_call_that_was_given_up_says_nothing(breaker: Breaker) -> None:
    call(breaker, "failure", "failure", *GIVEN_UP)
    call(breaker, "failure")
    assert breaker.enter() is None, "the third failure in a row, whatever was given up between"


def test_it_stays_open_for_its_time_and_then_lets_one_call_through(
    breaker: Breaker, clock: Clock
) -> None:
    call(breaker, *THRICE)
    clock.now_s += 9.9
    assert breaker.enter() is None
    clock.now_s += 0.1
    assert breaker.enter() is not None
    assert breaker.enter() is None, "a probe is under way"


def test_a_probe_that_answers_closes_it(breaker: Breaker, clock: Clock) -> None:
    call(breaker, *THRICE)
    clock.now_s += 10
    call(breaker, "success", "failure", "failure")
    assert breaker.enter() is not None, "it counts from nought again"


def test_a_probe_that_fails_opens_it_for_the_whole_time_again(
    breaker: Breaker, clock: Clock
) -> None:
    call(breaker, *THRICE)
    clock.now_s += 10
    call(breaker, "failure")
    clock.now_s += 9.9
    assert breaker.enter() is None


def test_a_probe_that_was_given_up_leaves_room_for_the_next(breaker: Breaker, clock: Clock) -> None:
    call(breaker, *THRICE)
    clock.now_s += 10
    call(breaker, "unknown", "unknown", "success")
    assert breaker.enter() is not None


def test_calls_begun_before_it_opened_change_nothing_when_they_end(
    breaker: Breaker, clock: Clock
) -> None:
    early, other = breaker.enter(), breaker.enter()
    assert early is not None
    assert other is not None
    call(breaker, *THRICE)
    breaker.leave(early, "success")
    assert breaker.enter() is None
    clock.now_s += 10
    probe = breaker.enter()
    breaker.leave(other, "failure")
    assert probe is not None
    breaker.leave(probe, "success")
    assert breaker.enter() is not None


def test_transitions_are_logged_with_the_tools_name(
    breaker: Breaker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "gateway.breaker")
    call(breaker, *THRICE)
    clock.now_s += 10
    call(breaker, "failure")
    clock.now_s += 10
    call(breaker, "success")
    lines = [vars(record) for record in caplog.records]
    assert [line["state"] for line in lines] == ["open", "half-open", "open", "half-open", "closed"]
    assert {(line["levelname"], line["tool"]) for line in lines} == {("WARNING", "calculator")}
