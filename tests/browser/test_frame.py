"""The frame of a page: the sentence whole at its top, Enter, the examples, and the way to the other pages."""

import pytest
from playwright.sync_api import Locator, Page, expect

from headlight.pages.frame.registry import GROUPS, PAGES, pages_of
from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage
from tests.conftest import HOUSE_SENTENCE

LONG = f"{HOUSE_SENTENCE}, and then the students gave the book back to the teacher, who had waited for it at the river."
PROJECTOR, PHONE = (1280, 720), (390, 844)
FINGER = 44  # pixels that a finger hits


def sentence_box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your sentence")


@pytest.mark.parametrize("viewport", [PROJECTOR, PHONE], ids=["projector", "phone"])
@pytest.mark.parametrize("text", [HOUSE_SENTENCE, LONG], ids=["house", "long"])
def test_the_sentence_is_whole_and_in_view(open_page: OpenPage, viewport: tuple[int, int], text: str) -> None:
    page = open_page("tokens", text=text)
    box = sentence_box(page)
    assert box.evaluate("box => box.scrollHeight - box.clientHeight") <= 1
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
    for each in (box, page.get_by_role("combobox", name="Model"), page.get_by_role("button", name="Examples")):
        place = each.bounding_box()
        assert place is not None
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= viewport[0]
        assert place["y"] + place["height"] <= viewport[1] / 2


def test_the_first_figure_begins_high_enough_for_a_projector(open_page: OpenPage) -> None:
    cards = open_page("tokens").locator(".cards").first.bounding_box()
    assert cards is not None
    assert cards["y"] < 260


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
def test_a_finger_hits_what_the_frame_offers(open_page: OpenPage, viewport: tuple[int, int]) -> None:
    page = open_page("tokens", text="dogs chase cats")
    for name in ("Expand sidebar", "Examples", "About this model", "Copy link"):
        place = page.get_by_role("button", name=name).bounding_box()
        assert place is not None, name
        assert place["height"] >= FINGER, name


def test_enter_reads_it_and_shift_enter_begins_a_line(open_page: OpenPage) -> None:
    page = open_page("tokens")
    box = sentence_box(page)
    box.fill("dogs")
    box.press("Shift+Enter")
    box.press_sequentially("chase cats")
    assert "dogs" not in page.url, "nothing runs before Enter"
    box.press("Enter")
    settle(page)
    expect(box).to_have_value("dogs\nchase cats")
    expect(page.get_by_test_id("stMain").locator(".card").last).to_contain_text("cats")
    expect(box).to_be_focused()


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
def test_on_a_phone_the_pages_are_a_button_away_and_close_behind_the_choice(
    open_page: OpenPage, viewport: tuple[int, int]
) -> None:
    page = open_page("tokens", text="dogs chase cats")
    way = page.get_by_role("button", name="Expand sidebar")
    assert way.evaluate("each => getComputedStyle(each, '::after').content") == '"Pages"'
    way.click()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Next token").click()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Next token")
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    expect(sentence_box(page)).to_have_value("dogs chase cats")


def test_the_navigation_has_its_groups_in_the_order_of_the_road(open_page: OpenPage) -> None:
    navigation = open_page("tokens").get_by_test_id("stSidebarNav")
    shown = [group for group in GROUPS if pages_of(group)]
    expect(navigation.get_by_test_id("stNavSectionHeader")).to_contain_text(shown)
    expect(navigation.get_by_role("link")).to_have_text([each.title for each in PAGES])


@pytest.mark.parametrize("viewport", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_an_example_is_found_by_typing_and_closes_the_list(open_page: OpenPage, viewport: tuple[int, int]) -> None:
    page = open_page("tokens")
    page.get_by_role("button", name="Examples").click()
    search = page.get_by_label("Search the examples")
    examples = page.locator(".st-key-example_list").get_by_role("button")
    expect(examples.filter(has_text="king − man")).to_be_visible()
    search.fill("telescope")
    expect(examples.filter(has_text="king − man")).to_have_count(0)
    examples.filter(has_text="telescope").click()
    expect(search).to_have_count(0)
    settle(page)
    expect(sentence_box(page)).to_have_value("The teacher taught the students with the telescope")
    expect(page.locator(".notice")).to_contain_text("too rare")
