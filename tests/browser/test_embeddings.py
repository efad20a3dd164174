"""The Embeddings page in a browser: the picture is drawn, stays turned, and its text stays text."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage

EYE = "Object.values(document.querySelector('.js-plotly-plot')._fullLayout.scene._scene.getCamera().eye)"


def label(page: Page, text: str) -> Locator:
    exactly = re.compile(f"^{re.escape(text)}$")  # "The" is another label than "the"
    return page.locator(".js-plotly-plot .annotation-text", has_text=exactly).first


def expect_labels(page: Page, *texts: str) -> None:
    """Expect labels in the picture. Its first drawing waits for the library to arrive and for WebGL to start."""
    for text in texts:
        expect(label(page, text)).to_be_visible(timeout=30_000)


def camera(page: Page) -> list[float]:
    """Return where the eye stands, once it has come to rest."""
    seen: list[float] = []
    while not seen or seen != (now := page.evaluate(EYE)):
        seen = page.evaluate(EYE)
        page.wait_for_timeout(700)
    return [round(each, 3) for each in now]


def test_labels_are_the_tokens(open_page: OpenPage) -> None:
    page = open_page("embeddings")
    expect_labels(page, "teacher", "students", "the", "<|endoftext|>")


def test_the_picture_is_seen_without_scrolling(open_page: OpenPage) -> None:
    page = open_page("embeddings")
    expect_labels(page, "teacher")
    for text in ("teacher", "the", "book"):
        expect(label(page, text)).to_be_in_viewport()
    expect(page.get_by_text("Of the differences between these")).to_be_in_viewport()


def test_signs_that_mean_something_to_plotly_stay_signs(open_page: OpenPage) -> None:
    page = open_page("embeddings", words="<b>x</b> %{x} $x$")
    expect_labels(page, "<b>x</b>", "%{x}", "$x$")


def test_a_turned_view_stays_turned_when_a_word_is_added(open_page: OpenPage) -> None:
    page = open_page("embeddings")
    expect_labels(page, "teacher")
    picture = page.locator(".js-plotly-plot canvas").first
    before = camera(page)
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 220, steps=6)
    page.mouse.up()
    turned = camera(page)
    assert turned != before
    words = page.get_by_role("textbox", name="Words to compare")
    words.fill("king")
    words.press("Enter")
    settle(page)
    expect_labels(page, "king")
    assert camera(page) == turned


def test_choosing_a_token_draws_the_picture_not_again(open_page: OpenPage) -> None:
    page = open_page("embeddings")
    expect_labels(page, "teacher")
    page.wait_for_timeout(500)
    page.evaluate("document.querySelector('.js-plotly-plot').on('plotly_afterplot', () => { window.drawn = true; })")
    choice = page.get_by_role("combobox", name="Neighbours of")
    choice.fill("book")
    choice.press("ArrowDown")
    choice.press("Enter")
    settle(page)
    expect(choice).to_have_value("book (token 8)")
    expect(page.get_by_text("␣newspaper").first).to_be_visible()
    assert page.evaluate("window.drawn") is None
    assert "token=8" in page.url


def test_picking_a_depth_asks_the_server_nothing_and_stays_in_the_address(open_page: OpenPage) -> None:
    page = open_page("embeddings")
    page.get_by_role("button", name="After layer 3").click()
    expect(page.locator(".heatmap figcaption").first).to_have_text("After layer 3")
    page.reload()
    settle(page)
    expect(page.locator(".heatmap figcaption").first).to_have_text("After layer 3")


@pytest.mark.parametrize("viewport", [(390, 844)])
def test_a_phone_shows_all_without_scrolling_sideways(open_page: OpenPage) -> None:
    page = open_page("embeddings", words="king - man + woman")
    expect_labels(page, "teacher")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
