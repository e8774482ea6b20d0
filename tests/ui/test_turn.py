"""One turn on the page: the draft, the research, the correction, and what can be done with them."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Page, expect

from tests.ui.conftest import OpenPage
from tests.ui.staging import StagedWorld

DRAFT = "Rafael Nadal is 38 years old."
ANSWER = "Rafael Nadal is 40 years old."
WIKI = {"title": "Rafael Nadal", "url": "https://en.wikipedia.org/wiki/Rafael_Nadal", "score": 1.0}


def corrected(world: StagedWorld) -> None:
    world.says.extend([DRAFT, "TS, How old is Rafael Nadal?", f"User, {ANSWER}"])
    world.finds["retrieval"] = [("Rafael Nadal / Age / 40", WIKI)]


def ask(page: Page, message: str = "How old is Nadal?") -> None:
    page.get_by_role("textbox", name="Message").fill(message)
    page.keyboard.press("Enter")


def test_the_draft_comes_word_by_word_then_the_research_then_the_struck_words(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    drafting, finding = world.gate("base …"), world.gate("retrieval")
    rewriting = world.gate("research")
    page = open_page()
    ask(page)
    drafting.reached.wait(5)
    expect(page.get_by_role("heading", name="Draft")).to_be_visible()
    expect(page.locator(".draft p")).to_have_text("Rafael")
    drafting.open()
    expect(page.locator(".draft p")).to_have_text(DRAFT)
    rewriting.open()
    expect(page.locator(".query")).to_have_text("How old is Rafael Nadal?")
    calculator, retrieval = page.locator(".tool").first, page.locator(".tool").last
    expect(calculator).to_contain_text("not for this tool")
    expect(retrieval).to_contain_text("asking")
    expect(page.get_by_role("heading", name="Corrected answer")).to_have_count(0)
    answering = world.gate("research …")
    finding.open()
    expect(page.locator(".response")).to_have_text("Rafael")
    answering.open()
    expect(page.get_by_role("heading", name="Corrected answer")).to_be_visible()
    expect(page.locator(".draft del")).to_have_text("38")
    expect(page.locator(".response ins")).to_have_text("40")
    assert page.locator(".draft p").text_content() == DRAFT


def test_a_draft_that_was_found_true_is_confirmed_and_not_struck(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    world.says[0] = ANSWER
    page = open_page()
    ask(page)
    expect(page.get_by_role("heading", name="the draft, confirmed")).to_be_visible()
    expect(page.locator(".draft")).to_be_hidden()
    expect(page.locator("del, ins")).to_have_count(0)


def test_a_draft_that_nothing_was_found_for_is_not_called_confirmed(
    open_page: OpenPage, world: StagedWorld
) -> None:
    world.says.extend(["Hello!", "User, Hello!"])
    page = open_page()
    ask(page, "Hi")
    expect(page.get_by_role("heading", name="the draft, unchanged")).to_be_visible()


def test_a_citation_opens_its_snippet_and_source_by_keyboard_and_by_press(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    page = open_page()
    ask(page)
    cited = page.get_by_role("button", name="40 (source 1)")
    cited.click()
    card = page.get_by_role("note", name="Source 1")
    expect(card).to_contain_text("Rafael Nadal / Age / 40")
    cited.click()
    expect(card).to_have_count(0)
    page.keyboard.press("Enter")
    expect(card).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(card.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(cited).to_be_focused()


def test_a_source_opens_in_a_new_tab_that_learns_nothing(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    page = open_page()
    page.context.route("https://en.wikipedia.org/**", lambda route: route.fulfill(body="there"))
    ask(page)
    with page.expect_popup() as opened:
        page.locator(".sources").get_by_role("link", name="Rafael Nadal").click()
    there = opened.value
    there.wait_for_load_state()
    assert there.url == WIKI["url"]
    assert there.evaluate("[window.opener, document.referrer]") == [None, ""]


def test_citations_count_code_points_before_which_emoji_stand(
    open_page: OpenPage, world: StagedWorld
) -> None:
    world.says.extend(["🎾 38", "TS, age", "User, 🎾🎾 He is 40 now."])
    world.finds["retrieval"] = [("Rafael Nadal / Age / 40", None)]
    page = open_page()
    ask(page)
    expect(page.get_by_role("button", name="40 (source 1)")).to_be_visible()


def test_ledger_and_times_are_folded_behind_their_counts(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    page = open_page()
    ask(page)
    summary = page.locator(".details summary")
    expect(summary).to_contain_text(re.compile(r"claims?: .*1 corrected"))
    expect(page.get_by_role("list", name="Claims")).to_be_hidden()
    summary.click()
    expect(page.get_by_role("list", name="Claims")).to_contain_text("38")
    expect(page.locator(".times")).to_contain_text("Rewriting")


def test_a_tool_that_is_down_says_so_and_the_turn_goes_on(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    world.finds["translator"] = httpx.ConnectError("down")
    world.finds["calculator"] = httpx.Response(500, text="broken")
    page = open_page()
    ask(page)
    line = page.locator(".research summary")
    expect(line).to_contain_text("translator not available")
    expect(line).to_contain_text("calculator failed")
    expect(page.locator(".response")).to_contain_text("years old.")


def test_a_turn_that_was_cut_short_tells_why(open_page: OpenPage, world: StagedWorld) -> None:
    world.says.extend(["Draft.", "TS, a", "TS, a", "User, Enough."])
    page = open_page()
    ask(page)
    expect(
        page.get_by_text("Answered because the tools had nothing more", exact=False)
    ).to_be_visible()


def test_stop_cancels_the_call_of_the_model_and_keeps_the_message(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    drafting = world.gate("base …")
    page = open_page()
    ask(page)
    drafting.reached.wait(5)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped. Nothing of this turn was kept.")).to_be_visible()
    assert drafting.left.wait(2), "the model server's call went on"
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("How old is Nadal?")


def test_try_again_after_a_stop_asks_the_same_message(
    open_page: OpenPage, world: StagedWorld
) -> None:
    drafting = world.gate("base")
    page = open_page()
    ask(page)
    drafting.reached.wait(5)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.", exact=False).first).to_be_visible()
    corrected(world)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Corrected answer")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
    messages = [body["context"][-1]["content"] for place, body in world.asked if place == "base"]
    assert messages == ["How old is Nadal?"] * 2


def test_ask_again_is_a_new_turn_of_the_dialog(open_page: OpenPage, world: StagedWorld) -> None:
    corrected(world)
    page = open_page()
    ask(page)
    page.get_by_role("button", name="Ask again").wait_for()
    world.says.extend(["Still 40.", "User, Still 40."])
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("Still 40.").last).to_be_visible()
    expect(page.locator(".message")).to_have_text(["How old is Nadal?"] * 2)
    context = [body["context"] for place, body in world.asked if place == "base"][-1]
    message = "How old is Nadal?"
    assert [turn["content"] for turn in context] == [message, ANSWER, message]


def test_copy_puts_the_answer_without_its_marks_on_the_clipboard(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page)
    page.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_text("Copied.").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == ANSWER


def test_screen_readers_hear_the_answer_once_and_not_every_word(
    open_page: OpenPage, world: StagedWorld
) -> None:
    corrected(world)
    page = open_page()

    page.evaluate(
        "globalThis.heard = []; new MutationObserver(() => {"
        "  const said = document.getElementById('announcer').textContent;"
        "  if (said) heard.push(said)"
        "}).observe(document.getElementById('announcer'), {childList: true})"
    )
    ask(page)
    expect(page.get_by_role("status")).to_have_text(f"Answer ready. {ANSWER}")
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    assert page.evaluate("heard") == [f"Answer ready. {ANSWER}"]


def test_hostile_texts_stay_texts(open_page: OpenPage, world: StagedWorld) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    world.says.extend([f"{evil} 38", f"TS, {evil}", f"User, {evil} 40"])
    world.finds["retrieval"] = [
        (f"{evil} / Age / 40", {"title": evil, "url": "javascript:document.title=1", "score": 1.0}),
        ("data 40", {"title": "t", "url": "data:text/html,<script>1</script>", "score": 1.0}),
    ]
    page = open_page()
    ask(page, evil)
    expect(page.locator(".message")).to_have_text(evil)
    expect(page.get_by_role("heading", name="Corrected answer")).to_be_visible()
    expect(page.locator("main img, main script")).to_have_count(0)
    expect(page.locator(".turn a")).to_have_count(0)
    assert "Groundling" in page.title()
