"""Fill in the blank in a browser: a click or the keyboard hides a token, and a click on a candidate writes it there."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from headlight.model import questions
from headlight.model.run import run
from headlight.model.science.distribution import NextToken, Settings, likeliest_first, next_token
from headlight.model.trace import Trace
from headlight.viz.bars import N_NAMED, N_SHOWN
from headlight.viz.numbers import ordinal
from tests.browser.chromium import ColorScheme, settle
from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_hostile import enter, expect_nothing_ran, packs
from tests.browser.test_next_token import box, percent, press, set_controls, shown

TEXT = "The Teacher taught the students that sat on the bank."


def opened(page: Page, server: Server, kind: str = "bert", text: str = TEXT, **query: str) -> Page:
    page.goto(server.url("next_token", model=f"folder:{kind}", text=text, **query))
    settle(page)
    expect(page.get_by_text("Words on this page")).to_be_visible()
    return page


def chip(page: Page, place: int) -> Locator:
    return page.locator(f'.blank button[data-place="{place}"]')


def hidden(page: Page) -> int:
    return int(page.locator(".blank button.hidden").get_attribute("data-place") or -1)


def chances_at(models: Path, text: str, place: int, settings: Settings, kind: str = "bert") -> tuple[Trace, NextToken]:
    trace = run(str(models / kind), text)
    return trace, next_token(questions.blank_logits(trace, place), settings)


def expect_numbers(page: Page, chances: NextToken, hidden_id: int, n_shown: int = N_SHOWN) -> None:
    """Compare all that stands on screen with NumPy, the hidden token among it."""
    now, order = shown(page), chances.order.tolist()
    rank = order.index(hidden_id)
    expected = [*order[:n_shown], *([hidden_id] if rank >= n_shown else [])]
    assert now["ids"] == expected
    for row, token_id in zip(now["rows"], expected, strict=True):
        kept = order.index(token_id) < chances.n_kept
        values = [chances.own[token_id], chances.tempered[token_id], chances.filtered[token_id]]
        assert row == [*map(percent, values[:2]), percent(values[2]) if kept else "dropped"]
    others = [each for each in order if each not in expected]
    rest = [float(each[others].sum()) for each in (chances.own, chances.tempered, chances.filtered)]
    any_kept = any(order.index(each) < chances.n_kept for each in others)
    assert now["rest"] == [*map(percent, rest[:2]), percent(rest[2]) if any_kept else "dropped"]
    assert now["sums"] == ["100.00 %"] * 3
    if chances.n_kept < len(order):
        more = chances.n_kept - sum(order.index(each) < chances.n_kept for each in expected)
        assert now["cut"].startswith(f"{more} more are kept" if more else "top-")
    expect(page.locator(".bars .marked small")).to_have_text(f"hidden, {ordinal(rank + 1)}")


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_click_hides_a_token_and_the_numbers_are_numpy_s(page: Page, server: Server, models: Path, kind: str) -> None:
    opened(page, server, kind)
    for place in (1, 5):
        chip(page, place).click()
        settle(page)
        assert f"blank={place}" in page.url
        assert hidden(page) == place
        for settings in (
            Settings(),
            Settings(temperature=0.7, top_k=4),
            Settings(top_k=25),
            Settings(temperature=1.6, top_p=0.6),
        ):
            set_controls(page, settings)
            trace, chances = chances_at(models, TEXT, place, settings, kind)
            expect_numbers(page, chances, int(trace.stacks[0].ids[place]))
        page.get_by_role("button", name=f"show {N_NAMED}").click()
        expect_numbers(page, chances, int(trace.stacks[0].ids[place]), N_NAMED)
        page.get_by_role("button", name=f"only {N_SHOWN}").click()
    expect(page.locator(".blank .special")).to_have_count(2)
    expect(page.locator(".blank span.special").first).not_to_have_attribute("tabindex", re.compile(".*"))


def test_the_keyboard_hides_a_token(page: Page, server: Server) -> None:
    opened(page, server, blank="2")
    chip(page, 2).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(chip(page, 4)).to_be_focused()
    assert hidden(page) == 2  # to look is not to choose
    page.keyboard.press("Enter")
    settle(page)
    assert hidden(page) == 4
    expect(chip(page, 4)).to_be_focused()
    expect(chip(page, 4)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    settle(page)
    assert hidden(page) == 1
    assert "blank=1" in page.url
    expect(page.locator('.blank button[tabindex="0"]')).to_have_count(1)


def test_a_candidate_is_written_into_the_sentence_and_taken_back(page: Page, server: Server, models: Path) -> None:
    place = 4
    opened(page, server, blank=str(place))
    trace, chances = chances_at(models, TEXT, place, Settings())
    names = questions.names_of(trace, range(len(chances.own)))
    nth, token_id = next((n, each) for n, each in enumerate(chances.order.tolist()) if names[each].isalpha())
    assert nth < N_NAMED
    if nth >= N_SHOWN:
        page.get_by_role("button", name=f"show {N_NAMED}").click()
    page.locator(f'.bars .name[data-id="{token_id}"]').click()
    settle(page)
    written = TEXT.replace("the students", f"{names[token_id]} students")
    assert box(page) == written
    assert hidden(page) == place
    expect(page.locator(".bars .note")).to_have_text(f"Wrote “{names[token_id]}” in place of “the”.")
    again = run(str(models / "bert"), written)
    assert int(again.stacks[0].ids[place]) == token_id
    expect(page.locator(".bars .marked .name")).to_have_attribute("data-id", str(token_id))
    press(page, "Take back")
    assert box(page) == TEXT
    assert hidden(page) == place
    expect(page.locator(".bars .note")).to_have_text("Taken back.")


def test_the_likeliest_and_a_lot_are_filled_in(page: Page, server: Server, models: Path) -> None:
    text, place = "the book that she read", 1
    opened(page, server, "roberta", text, blank=str(place), seed="4711")
    expect(page.get_by_role("button", name="Draw 10")).to_be_hidden()
    press(page, "Fill in one by lot")
    expect(page.locator(".bars .note")).to_contain_text("Lot 1")
    page.get_by_role("button", name="Fill in the likeliest").click()
    settle(page)
    trace, _ = chances_at(models, text, place, Settings(), "roberta")
    best = int(likeliest_first(questions.blank_logits(trace, place))[0])
    expect(page.locator(".bars .note")).to_contain_text(re.compile("Wrote|othing is written|cannot be"))
    assert best in shown(page)["ids"]


def test_the_place_survives_page_change_back_and_reload(page: Page, server: Server) -> None:
    opened(page, server)
    usual = hidden(page)
    chip(page, 3).click()
    settle(page)
    page.reload()
    settle(page)
    expect(page.locator(".blank button.hidden")).to_have_attribute("data-place", "3")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Tokens").click()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tokens")
    assert "blank" not in page.url
    page.go_back()
    settle(page)
    expect(page.locator(".blank button.hidden")).to_have_attribute("data-place", "3")
    page.get_by_role("textbox", name="Your sentence").fill("the queen and that book")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.locator(".blank button.hidden s")).to_have_text("book")
    assert "blank" not in page.url
    assert usual != 3


def test_the_hidden_token_of_a_long_text_is_in_view(open_page: OpenPage) -> None:
    page = open_page("next_token", model="headlight-encoder", text="word " * 200)
    page.wait_for_function(
        """() => {
          const strip = document.querySelector('.blank');
          const [box, at] = [strip, strip.querySelector('.hidden')].map((each) => each.getBoundingClientRect());
          return strip.scrollHeight > strip.clientHeight + 50 && at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
        }"""
    )


def test_hostile_text_runs_nowhere(open_page: OpenPage) -> None:
    first, *others = packs("headlight-encoder")
    page = open_page("next_token", model="headlight-encoder", text=" ".join(first))
    for payloads in (first, *others):
        if payloads is not first:
            enter(page, " ".join(payloads))
        expect(page.locator(".blank button").first).to_be_visible()
        expect_nothing_ran(page, payloads)
        chip(page, 1).click()
        settle(page)
        expect_nothing_ran(page, payloads)


def test_a_place_that_is_not_there_is_said_and_an_encoder_without_a_head_has_no_blank(
    page: Page, server: Server
) -> None:
    opened(page, server, blank="0")
    expect(page.get_by_text("The link asks for a token that is not there")).to_be_visible()
    opened(page, server, "bert-body")
    expect(page.get_by_text("This model predicts no next token.")).to_be_visible()
    expect(page.locator(".blank")).to_have_count(0)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1280, 720), (390, 844)])
def test_it_fits_the_screen(page: Page, server: Server, viewport: tuple[int, int], color_scheme: ColorScheme) -> None:
    opened(page, server)
    widths = page.evaluate(
        "() => [document.querySelector('[data-testid=stMain]').scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1]
    if viewport == (1280, 720):
        bottom = page.locator(".bars .rest").bounding_box()
        assert bottom is not None
        assert bottom["y"] + bottom["height"] <= 720
    colours = page.locator(".blank button").first.evaluate(
        "(each) => [getComputedStyle(each).color, getComputedStyle(each).backgroundColor]"
    )
    channels = np.array([[int(part) for part in re.findall(r"\d+", each)[:3]] for each in colours])
    assert np.abs(channels[0] - channels[1]).min() > 80, colours
