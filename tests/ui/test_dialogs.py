"""Past dialogs, roles, the key, and the page itself: keyboard, themes, a phone's width."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import OpenPage
from tests.ui.staging import Site, StagedWorld

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
}
MODIFIER = "Control"


def field(page: Page) -> Any:
    return page.get_by_role("textbox", name="Message")


def have_turn(page: Page, world: StagedWorld, message: str, answer: str) -> None:
    world.says.extend([answer, f"User, {answer}"])
    field(page).fill(message)
    page.keyboard.press("Enter")
    expect(page.locator(".response").last).to_have_text(answer)
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def past(page: Page) -> Any:
    return page.get_by_role("navigation", name="Dialogs")


def test_a_dialog_is_listed_named_in_the_address_and_there_after_a_reload(
    open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page()
    have_turn(page, world, "First question", "First answer.")
    expect(past(page).get_by_role("link", name="First question")).to_have_attribute(
        "aria-current", "page"
    )
    assert re.search(r"#/s/[A-Za-z0-9_-]+$", page.url)
    page.reload()
    expect(page.locator(".response")).to_have_text("First answer.")
    expect(page).to_have_title(re.compile("^First question .* Groundling$"))


def test_back_and_forward_move_between_dialogs(open_page: OpenPage, world: StagedWorld) -> None:
    page = open_page()
    have_turn(page, world, "First question", "First answer.")
    page.keyboard.press(f"{MODIFIER}+k")
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    have_turn(page, world, "Second question", "Second answer.")
    past(page).get_by_role("link", name="First question").click()
    expect(page.locator(".response")).to_have_text("First answer.")
    page.go_back()
    expect(page.locator(".response")).to_have_text("Second answer.")
    page.go_forward()
    expect(page.locator(".response")).to_have_text("First answer.")
    have_turn(page, world, "Third question", "Third answer.")
    context = [body["context"] for place, body in world.asked if place == "base"][-1]
    assert context[0]["content"] == "First question"


def test_a_dialog_is_deleted_only_when_that_is_confirmed(
    open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page()
    have_turn(page, world, "First question", "First answer.")
    link = past(page).get_by_role("link", name="First question")
    link.focus()
    page.get_by_role("button", name="Delete: First question").click()
    page.get_by_role("button", name="Keep").click()
    expect(link).to_be_visible()
    page.get_by_role("button", name="Delete: First question").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(link).to_have_count(0)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Dialogs you have appear here.")).to_be_visible()


def test_a_dialog_is_saved_as_a_file(
    open_page: OpenPage, world: StagedWorld, tmp_path: Path
) -> None:
    page = open_page()
    have_turn(page, world, "First question", "First answer.")
    past(page).get_by_role("link").focus()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a file: First question").click()
    saving.value.save_as(tmp_path / "saved.json")
    saved = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    assert saved["session"]["turns"][0]["answer"]["response"] == "First answer."


def test_a_dialog_that_is_gone_says_so(open_page: OpenPage) -> None:
    page = open_page("/#/s/nosuchdialog", expected=("404",))
    expect(page.get_by_role("region", name="Problem")).to_contain_text("does not exist any more")
    page.get_by_role("link", name="New dialog").click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_opening_another_dialog_puts_the_unanswered_message_back(
    open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page()
    have_turn(page, world, "First question", "First answer.")
    drafting = world.gate("base")
    field(page).fill("Unanswered")
    page.keyboard.press("Enter")
    drafting.reached.wait(5)
    page.keyboard.press(f"{MODIFIER}+k")
    expect(field(page)).to_have_value("Unanswered")
    assert drafting.left.wait(2)


def test_what_is_typed_survives_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    field(page).fill("Half a thou")
    page.reload()
    expect(field(page)).to_have_value("Half a thou")


def test_a_role_greets_is_sent_with_the_first_message_and_stays(
    open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page()
    page.get_by_role("radio", name="Mount Everest").check()
    expect(page.get_by_text("Hi, I'm Mount Everest.")).to_be_visible()
    world.says.extend(["8849 m.", "User, 8849 m."])
    page.get_by_role("button", name="How tall are you?").click()
    expect(page.locator(".response")).to_have_text("8849 m.")
    assert world.asked[0][1]["role_turns"][0]["content"].startswith("Hi, I'm Mount Everest.")
    expect(past(page).get_by_role("link")).to_contain_text("Mount Everest")  # the turn is stored
    page.reload()
    expect(page.locator(".response")).to_have_text("8849 m.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mount Everest")
    expect(past(page).get_by_role("link")).to_contain_text("Mount Everest")
    expect(page.get_by_role("radio", name="Mount Everest")).to_be_hidden()


class TestWhereAKeyIsNeeded:
    @pytest.fixture
    def ui_settings(self) -> dict[str, Any]:
        return {"require_key": "always", "key_cache_ms": 0}

    def test_it_is_asked_for_checked_and_kept_for_the_tab_until_it_is_forgotten(
        self, api_key: str, open_page: OpenPage, world: StagedWorld
    ) -> None:
        page = open_page(expected=("401",))
        dialog = page.get_by_role("dialog", name="This server needs a key")
        key = dialog.get_by_label("API key")
        expect(key).to_have_attribute("type", "password")
        key.fill("gl_wrong")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("alert")).to_have_text("The server did not accept that key.")
        key.fill(api_key)
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        have_turn(page, world, "First question", "First answer.")
        kept = "[localStorage.length, sessionStorage['groundling.key']]"
        assert page.evaluate(kept) == [0, api_key]
        page.get_by_role("button", name="Forget the key").click()
        page.reload()
        expect(dialog).to_be_visible()

    def test_it_is_remembered_on_the_device_when_that_is_asked_for(
        self, api_key: str, open_page: OpenPage
    ) -> None:
        page = open_page(expected=("401",))
        page.get_by_label("API key").fill(api_key)
        page.get_by_label("Remember it on this device").check()
        page.get_by_role("button", name="Use this key").click()
        expect(page.get_by_role("radio", name="Mount Everest")).to_be_visible()
        other = page.context.new_page()
        other.goto("/")
        expect(other.get_by_role("radio", name="Mount Everest")).to_be_visible()

    def test_who_declines_is_asked_again_only_by_sending(self, open_page: OpenPage) -> None:
        page = open_page(expected=("401",))
        dialog = page.get_by_role("dialog", name="This server needs a key")
        dialog.get_by_role("button", name="Not now").click()
        expect(page.get_by_text("Past dialogs: The server needs an API key.")).to_be_visible()
        expect(dialog).to_be_hidden()
        field(page).fill("Hello")
        page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("region", name="Problem")).to_contain_text("needs an API key")


def test_the_theme_follows_the_system_until_it_is_chosen(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    toggle = page.get_by_role("button", name="Dark theme")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    toggle.click()
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(
    scheme: str, open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page(color_scheme=scheme)
    colours = page.evaluate(CONTRASTS)
    assert len(colours) == len(PAIRS)
    poor = {pair: ratio for pair, ratio in colours.items() if ratio < 4.5}
    assert not poor


PAIRS = [
    (ink, ground)
    for ground in ("page", "side", "raised", "tint")
    for ink in ("ink", "dim", "accent", "warn", "fail")
    # Warnings and failures never stand on a tint.
    if not (ground == "tint" and ink in ("warn", "fail"))
] + [("on-accent", "accent")]
CONTRASTS = f"""() => {{
  const probe = document.body.appendChild(document.createElement("i"));
  const light = (name) => {{
    probe.style.color = `var(--${{name}})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/[0-9.]+/g).map((c) => {{
      c /= 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }});
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }};
  return Object.fromEntries({json.dumps(PAIRS)}.map(([ink, ground]) => {{
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    return [`${{ink}} on ${{ground}}`, (a + 0.05) / (b + 0.05)];
  }}));
}}"""


FOCUSED = "document.activeElement.ariaLabel || document.activeElement.textContent"


def test_the_whole_page_can_be_used_by_keyboard_alone(
    open_page: OpenPage, world: StagedWorld
) -> None:
    page = open_page()
    page.get_by_role("radio", name="Groundling").wait_for()
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")  # as one comes to the page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the message")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()
    page.keyboard.type("One line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and another")
    expect(field(page)).to_have_value("One line\nand another")
    world.says.extend(["Yes.", "User, Yes."])
    page.keyboard.press("Enter")
    expect(page.locator(".response")).to_have_text("Yes.")
    names = []
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        names.append(page.evaluate(FOCUSED))
    assert {"Ask again", "Copy answer", "New dialog"} <= set(names)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_is_wider_than_a_phone(
    direction: str, open_page: OpenPage, world: StagedWorld
) -> None:
    word = "Donaudampfschifffahrt" * 8 if direction == "ltr" else "مرحبا" * 40
    page = open_page(**PHONE)
    world.says.extend([word, f"TS, {word}", f"User, {word} 40"])
    source = {"title": word, "url": f"https://example.org/{'a' * 300}", "score": 1.0}
    world.finds["retrieval"] = [(f"{word} / Age / 40", source)]
    field(page).fill(word)
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_role("heading", name="Corrected answer")).to_be_visible()
    page.locator(".research summary").tap()
    page.locator(".details summary").tap()
    wide = "(e) => [...document.querySelectorAll('html, main, .turn *')].filter((e) => "
    wide += "!e.closest('.unseen, svg') && e.getBoundingClientRect().right > innerWidth + 1)"
    assert page.evaluate(f"({wide}.map((e) => e.outerHTML.slice(0, 80)))()") == []
    box = field(page).bounding_box()
    assert box["y"] + box["height"] <= 640


def test_on_a_phone_the_panel_is_a_drawer(open_page: OpenPage, world: StagedWorld) -> None:
    page = open_page(**PHONE)
    have_turn(page, world, "First question", "First answer.")
    page.get_by_role("button", name="New dialog").tap()
    toggle = page.get_by_role("button", name="Past dialogs")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.tap()
    panel = page.get_by_role("complementary", name="Past dialogs")
    small = "(p) => [...p.querySelectorAll('button, a')].filter((e) => e.checkVisibility() && "
    small += "e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"
    assert panel.evaluate(small) == []
    assert page.evaluate("document.getElementById('column').inert")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(toggle).to_be_focused()
    toggle.tap()
    panel.get_by_role("link", name="First question").tap()
    expect(panel).to_be_hidden()
    expect(page.locator(".response")).to_have_text("First answer.")


def test_every_control_has_a_name(open_page: OpenPage, world: StagedWorld, site: Site) -> None:
    page = open_page()
    have_turn(page, world, "First question", "First answer.")
    for role in ("button", "link", "textbox", "radio"):
        for control in page.get_by_role(role).all():
            assert control.aria_snapshot().strip() != f"- {role}", control.evaluate(
                "e=>e.outerHTML"
            )
    for landmark in ("main", "banner", "complementary", "navigation"):
        expect(page.get_by_role(landmark)).to_have_count(1)


def test_a_violation_of_the_policy_would_be_seen(open_page: OpenPage) -> None:
    page = open_page(expected=("Content Security Policy",))
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate(
            "const script = document.createElement('script'); script.textContent = '1';"
            "document.body.append(script)"
        )
