"""Clear words when something is slow, down, or not allowed; and no message is ever lost."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from services.contract import ErrorBody, ErrorCode, ErrorDetail
from tests.ui.conftest import OpenPage
from tests.ui.staging import Site, StagedWorld


def field(page: Page) -> Any:
    return page.get_by_role("textbox", name="Message")


def ask(page: Page) -> None:
    field(page).fill("What is 1+1?")
    page.keyboard.press("Enter")


JSON = {"content-type": "application/json"}


def failing(code: ErrorCode) -> str:
    detail = ErrorDetail(code=code, message="the server's words", request_id="r1")
    return ErrorBody(error=detail).model_dump_json()


class TestWhenItIsSlow:
    @pytest.fixture
    def ui_settings(self) -> dict[str, Any]:
        return {"heartbeat_ms": 20}

    def test_heartbeats_without_events_mean_still_thinking(
        self, open_page: OpenPage, world: StagedWorld
    ) -> None:
        world.says.extend(["Two.", "User, Two."])
        drafting = world.gate("base")
        page = open_page()
        page.clock.install()
        ask(page)
        drafting.reached.wait(5)
        expect(page.get_by_text("Drafting")).to_be_visible()
        page.clock.fast_forward(9_000)
        expect(page.get_by_text("Still thinking")).to_contain_text("9 s")
        page.clock.fast_forward(18_000)
        expect(page.get_by_text("Still thinking")).to_contain_text("27 s")
        drafting.open()
        expect(page.locator(".response")).to_have_text("Two.")
        expect(page.get_by_text("Still thinking")).to_have_count(0)


def test_nothing_at_all_means_that_the_server_is_not_answering(
    open_page: OpenPage, world: StagedWorld
) -> None:
    world.says.append("One and a half.")
    drafting = world.gate("base …")
    page = open_page(expected=("409 (Conflict)",))  # until the first request is given up
    page.clock.install()
    ask(page)
    expect(page.locator(".draft p")).to_have_text("One")
    page.clock.fast_forward(26_000)
    expect(page.locator(".pace")).to_contain_text("The server is not answering.")
    world.says.extend(["Two.", "User, Two."])
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".response")).to_have_text("Two.")
    assert drafting.left.wait(2), "the first request was not given up"


def test_a_model_that_is_down_is_named_and_the_message_can_be_asked_again(
    open_page: OpenPage, world: StagedWorld
) -> None:
    world.says.append(httpx.Response(503, content=failing(ErrorCode.UNAVAILABLE), headers=JSON))
    page = open_page()
    ask(page)
    problem = page.get_by_role("region", name="Problem")
    expect(problem).to_contain_text("The language model is not available right now.")
    world.says.extend(["Two.", "User, Two."])
    problem.get_by_role("button", name="Try again").click()
    expect(page.locator(".response")).to_have_text("Two.")
    expect(problem).to_have_count(0)


def test_a_message_that_failed_is_in_the_composer_after_a_reload(
    open_page: OpenPage, world: StagedWorld
) -> None:
    world.says.append(httpx.Response(500, text="broken"))
    page = open_page()
    ask(page)
    expect(page.get_by_role("region", name="Problem")).to_contain_text("language model failed")
    page.reload()
    expect(field(page)).to_have_value("What is 1+1?")


def test_a_server_that_cannot_be_reached_is_told_from_one_that_fails(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page(expected=("ERR_CONNECTION",))
    page.get_by_role("radio", name="Groundling").wait_for()
    site.stop()
    ask(page)
    expect(page.get_by_role("region", name="Problem")).to_contain_text("Cannot reach the server.")


def test_too_many_requests_say_when_to_try_again(open_page: OpenPage, world: StagedWorld) -> None:
    page = open_page(expected=("429",))
    page.clock.install()
    body = failing(ErrorCode.RATE_LIMITED)
    page.route(
        "**/v1/chat",
        lambda route: route.fulfill(
            status=429, body=body, headers={"retry-after": "7", "content-type": "application/json"}
        ),
        times=1,
    )
    ask(page)
    again = page.get_by_role("button", name="Try again")
    expect(page.get_by_text("You can try again in 7 s.")).to_be_visible()
    expect(again).to_be_disabled()
    page.clock.fast_forward(7_500)
    world.says.extend(["Two.", "User, Two."])
    again.click()
    expect(page.locator(".response")).to_have_text("Two.")


def test_a_stream_that_ends_without_an_answer_is_asked_for_under_the_same_id(
    open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page()
    ids: list[str] = []

    def cut(route: Route) -> None:
        ids.append(route.request.post_data_json["request_id"])
        if len(ids) > 1:
            route.continue_()
            return
        route.fulfill(
            body='event: base\ndata: {"delta": "Tw"}\n\n', content_type="text/event-stream"
        )

    page.route("**/v1/chat", cut)
    ask(page)
    expect(page.get_by_role("region", name="Problem")).to_contain_text("The connection was cut")
    world.says.extend(["Two.", "User, Two."])
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".response")).to_have_text("Two.")
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (ErrorCode.INVALID_REQUEST, 422, "cannot take this message"),
        (ErrorCode.FORBIDDEN, 403, "This key may not do that."),
        (ErrorCode.CONFLICT, 409, "cannot take the message now"),
        (ErrorCode.TOO_LARGE, 413, "too long"),
        (ErrorCode.INTERNAL, 500, "Something went wrong in the server."),
    ],
)
def test_a_refusal_is_told_in_words_with_the_servers_own_below(
    code: ErrorCode, status: int, words: str, open_page: OpenPage
) -> None:
    page = open_page(expected=(str(status),))
    page.route(
        "**/v1/chat",
        lambda route: route.fulfill(
            status=status, body=failing(code), content_type="application/json"
        ),
    )
    ask(page)
    problem = page.get_by_role("region", name="Problem")
    expect(problem).to_contain_text(words)
    expect(problem).to_contain_text("the server's words · request r1")
