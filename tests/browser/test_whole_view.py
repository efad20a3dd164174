"""A link carries the whole view: every control that shows something else is in it, and nothing else is remembered."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from headlight.pages.frame.registry import page_at
from headlight.viz import explorer as explorer_figure
from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage
from tests.browser.explorer import ask, button, explorer, head
from tests.browser.test_address import go_to, type_sentence
from tests.browser.test_embeddings import camera, expect_labels

TEXT = "the king and the queen"
STATE = "(({ hover, ...chosen }) => chosen)(app.state)"


def state(page: Page) -> Any:
    """Return what was chosen in the explorer."""
    explorer(page)
    return ask(page, STATE)


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


@contextmanager
def elsewhere(page: Page, link: str) -> Iterator[Page]:
    """Open a link in another browser, which knows nothing of this one."""
    assert page.context.browser is not None
    context = page.context.browser.new_context()
    other = context.new_page()
    other.goto(link)
    settle(other)
    yield other
    context.close()


def expect_same(page: Page, chosen: Any) -> None:
    """Expect the same state after a reload, in another browser, and after another page and Back."""
    page.reload()
    settle(page)
    assert state(page) == chosen
    with elsewhere(page, page.url) as other:
        assert state(other) == chosen
    link = page.url
    go_to(page, "Tokens")
    assert set(parameters(page)) <= set(page_at("tokens").whole_address)
    page.go_back()
    settle(page)
    assert state(page) == chosen
    assert parameters(page) == parse(link)


def parse(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def set_slider(page: Page, name: str, value: str) -> None:
    page.get_by_label(name, exact=True).evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", value
    )


def test_every_choice_of_the_explorer_is_in_the_link(open_page: OpenPage) -> None:
    page = open_page("attention", text=TEXT)
    explorer(page)
    start = state(page)
    head(page, 3, 5)
    page.locator(".explorer .chip").nth(1).click()
    page.get_by_role("button", name="Layer 1, head 4").click(modifiers=["Control"])
    page.get_by_role("button", name="Layer 4, head 0").click(modifiers=["Control"])
    page.locator(".explorer .controls summary").click()
    page.get_by_label("Show").select_option("mean")
    page.get_by_label("Of which heads").select_option("chosen")
    page.get_by_label("Tokens or words").select_option("words")
    page.get_by_label("Hide the first token").check()
    set_slider(page, "Threshold", "0.07")
    set_slider(page, "Contrast", "2.5")
    page.locator(".explorer details.table summary").click()
    page.get_by_role("tab", name="Head finder").click()
    page.get_by_label("Up", exact=True).select_option("entropy")
    page.get_by_label("Right", exact=True).select_option("distance")
    page.get_by_role("tab", name="Microscope").click()
    page.get_by_label("One stage on").click()
    page.get_by_label("One stage on").click()
    page.get_by_role("tab", name="Lines").click()
    page.get_by_label("Chosen heads, each in its colour").check()
    chosen = state(page)
    same = {name for name, value in chosen.items() if value == start[name]}
    assert same == {"a", "b", "swapped", "hideSpecial"}, "every control was moved, but those of the other page"
    assert set(explorer_figure.PARAMETERS["explore"]) <= set(parameters(page))
    assert set(parameters(page)) <= set(page_at("attention").whole_address)
    expect_same(page, chosen)
    expect(page.get_by_role("tab", name="Lines")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Chosen heads, each in its colour")).to_be_checked()
    expect(page.locator(".explorer details.table caption")).to_be_visible()
    expect(page.locator(".explorer .lines figcaption")).to_have_text("2 heads")


def test_every_choice_of_compare_is_in_the_link(open_page: OpenPage) -> None:
    page = open_page("compare_heads", text=TEXT, text_b="The cat sat", model="headlight-encoder")
    explorer(page)
    start = state(page)
    page.get_by_label("Head A").select_option("1.2")
    page.get_by_label("Head B").select_option("0.3")
    page.get_by_label("Hide the first token").check()
    page.get_by_label("Hide special tokens").check()
    page.get_by_label("Whole words").check()
    page.locator(".explorer .chip").nth(1).click()
    page.locator(".explorer details.table summary").click()
    button(page, "⇄ Swap")
    chosen = state(page)
    assert {"a", "b", "swapped", "pins", "hideFirst", "hideSpecial", "words", "table"} == {
        name for name, value in chosen.items() if value != start[name]
    }
    assert set(explorer_figure.PARAMETERS["compare"]) <= set(parameters(page))
    assert set(parameters(page)) <= set(page_at("compare_heads").whole_address)
    expect_same(page, chosen)
    expect(page.get_by_label("Hide special tokens")).to_be_checked()


def test_what_is_not_in_the_link_is_not_in_the_tab(open_page: OpenPage) -> None:
    page = open_page("attention", text=TEXT)
    start = state(page)
    head(page, 3, 5)
    page.locator(".explorer .controls summary").click()
    page.get_by_label("Hide the first token").check()
    page.get_by_role("tab", name="Lines").click()
    assert state(page) != start
    assert page.evaluate("sessionStorage.length") == 0
    open_page("attention", text=TEXT)
    assert state(page) == start


def test_what_two_pages_share_goes_along_and_the_rest_waits(open_page: OpenPage) -> None:
    page = open_page("attention", text=TEXT, hide="first", threshold="0.2", view="lines")
    assert state(page)["threshold"] == 0.2
    go_to(page, "Compare heads")
    compared = state(page)
    assert (compared["hideFirst"], compared["threshold"]) == (True, 0)
    assert "threshold" not in parameters(page)
    assert parameters(page)["hide"] == "first"
    page.get_by_label("Hide the first token").uncheck()
    go_to(page, "Attention")
    explored = state(page)
    assert (explored["hideFirst"], explored["threshold"], explored["view"]) == (False, 0.2, "lines")
    assert "hide" not in parameters(page)
    assert parameters(page)["threshold"] == "0.2"


def test_back_brings_the_explorer_of_the_sentence_before(open_page: OpenPage) -> None:
    page = open_page("attention", text=TEXT)
    explorer(page)
    head(page, 3, 5)
    page.get_by_role("tab", name="Lines").click()
    before = state(page)
    type_sentence(page, "dogs chase cats")
    explorer(page)
    head(page, 1, 1)
    page.get_by_role("tab", name="Map").click()
    after = state(page)
    page.go_back()
    settle(page)
    assert state(page) == before
    page.go_forward()
    settle(page)
    assert state(page) == after


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"view": "nonsense"}, "The link asks for a view that is not there, so it is map. There are map, lines"),
        ({"show": "__proto__"}, "The link asks for a combination that is not there, so it is head."),
        ({"up": "<b>"}, "The link asks for a score that is not there, so it is first."),
        ({"hide": "first_all"}, "The link asks for a kind of tokens to hide that is not there. There is first and spe"),
        ({"threshold": "0.9"}, "The link asks for a threshold that cannot be, so 0 is used. It can be 0 to 0.5."),
        ({"contrast": "nan"}, "The link asks for a contrast that cannot be, so 1 is used. It can be 1 to 5."),
        ({"stage": "7"}, "The link asks for a stage that is not there, so stage 0 is shown. There are 0 to 6."),
    ],
)
def test_what_is_not_there_is_said_and_leaves_the_address(
    open_page: OpenPage, query: dict[str, str], sentence: str
) -> None:
    page = open_page("attention", text=TEXT, **query)
    explorer(page)
    expect(page.get_by_text(sentence)).to_be_visible()
    assert not set(query) & set(parameters(page))


def test_a_turned_picture_is_in_the_link(open_page: OpenPage) -> None:
    page = open_page("embeddings", text=TEXT)
    expect_labels(page, "king")
    box = page.locator(".js-plotly-plot canvas").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 220, steps=6)
    page.mouse.up()
    turned = camera(page)
    page.wait_for_function("location.search.includes('camera=')")
    page.reload()
    settle(page)
    expect_labels(page, "king")
    assert camera(page) == pytest.approx(turned, abs=0.01)
    go_to(page, "Tokens")
    assert "camera" not in parameters(page)
    go_to(page, "Embeddings")
    expect_labels(page, "king")
    assert camera(page) == pytest.approx(turned, abs=0.01)
    assert "camera" in parameters(page)
    link = page.url
    page.goto(page.url.split("?")[0] + "?text=the+king")
    settle(page)
    expect_labels(page, "king")
    assert camera(page) != pytest.approx(turned, abs=0.01)
    with elsewhere(page, link) as other:
        expect_labels(other, "king")
        assert camera(other) == pytest.approx(turned, abs=0.01)


def test_a_picked_map_is_the_pages_own_and_back_knows_it(open_page: OpenPage) -> None:
    page = open_page("embeddings", text=TEXT, depth="3")
    caption = page.locator(".heatmap figcaption").first
    expect(caption).to_have_text("After layer 1")
    type_sentence(page, "dogs chase cats")
    page.get_by_role("button", name="After layer 4").click()
    expect(caption).to_have_text("After layer 4")
    page.go_back()
    settle(page)
    expect(caption).to_have_text("After layer 1")
    assert parameters(page)["depth"] == "3"


def test_a_map_that_is_not_there_is_said(open_page: OpenPage) -> None:
    page = open_page("embeddings", text=TEXT, depth="99")
    expect(page.get_by_text("The link asks for a map that is not there, so “Token” is shown.")).to_be_visible()
    assert "depth" not in parameters(page)


def test_the_long_list_and_the_knobs_are_in_the_link(open_page: OpenPage) -> None:
    page = open_page("next_token", text=TEXT, temperature="0.65", top_k="7")
    page.get_by_role("button", name="show 40").click()
    expect(page.get_by_role("button", name="only 10")).to_be_visible()
    assert parameters(page)["listed"] == "all"
    page.reload()
    settle(page)
    expect(page.get_by_role("button", name="only 10")).to_be_visible()
    go_to(page, "Tokens")
    assert set(parameters(page)) == {"text"}
    go_to(page, "Next token")
    expect(page.get_by_role("button", name="only 10")).to_be_visible()
    assert parameters(page) == {"text": TEXT, "temperature": "0.65", "top_k": "7", "listed": "all"}


def test_pages_keep_their_own_choices_and_an_open_tab(open_page: OpenPage) -> None:
    page = open_page("embeddings", text=TEXT, token="2", origin="mean")
    go_to(page, "Positions")
    assert set(parameters(page)) == {"text"}
    page.get_by_role("tab", name="How alike?").click()
    settle(page)
    go_to(page, "Embeddings")
    assert parameters(page) == {"text": TEXT, "token": "2", "origin": "mean"}
    go_to(page, "Positions")
    expect(page.get_by_role("tab", name="How alike?")).to_have_attribute("aria-selected", "true")
    assert parameters(page) == {"text": TEXT, "section": "How alike?"}


def test_back_on_one_page_undoes_what_its_address_leaves_out(open_page: OpenPage) -> None:
    page = open_page("embeddings", text=TEXT)
    page.get_by_role("radio", name="The mean of the vectors").or_(
        page.get_by_role("button", name="The mean of the vectors")
    ).first.click()
    settle(page)
    assert parameters(page)["origin"] == "mean"
    page.go_back()
    settle(page)
    assert "origin" not in parameters(page)
    page.go_forward()
    settle(page)
    assert parameters(page)["origin"] == "mean"
