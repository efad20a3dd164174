"""Every page shows the house sentence in a real browser that reaches nothing outside."""

import pytest
from playwright.sync_api import Error, expect

from headlight.pages.frame.examples import PRESETS
from headlight.pages.frame.registry import PAGES
from tests.browser.chromium import ColorScheme, Watch
from tests.browser.conftest import OpenPage
from tests.conftest import HOUSE_SENTENCE


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_every_page_shows_the_default_sentence(open_page: OpenPage, path: str) -> None:
    assert PRESETS[0].text == HOUSE_SENTENCE
    main = open_page(path).get_by_test_id("stMain")
    title = next(each.title for each in PAGES if each.path == path)
    expect(main.locator("h1, h2, h3, h4, canvas, table").first).to_have_text(title)  # below the sentence bar
    for word in HOUSE_SENTENCE.split():
        expect(main.get_by_text(word).filter(visible=True).first).to_be_attached()


@pytest.mark.parametrize("viewport", [(390, 844), (1280, 720)], ids=["phone", "projector"])
@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_no_page_is_wider_than_the_window(open_page: OpenPage, path: str, viewport: tuple[int, int]) -> None:
    text = "unbelievable tokenization of antidisestablishmentarianism 🏦 " + "x" * 60
    page = open_page(path, text=text)
    page.get_by_test_id("stMain").get_by_text("Words on this page").wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_browser_chooses_light_or_dark(open_page: OpenPage, color_scheme: ColorScheme) -> None:
    background = open_page().evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    brightness = sum(int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 3 * 128) == (color_scheme == "light")


def test_the_outside_is_blocked_and_recorded(open_page: OpenPage, watch: Watch) -> None:
    page = open_page("tokens")
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("fetch('https://example.org/')")
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("fetch('http://192.0.2.1/')")
    assert watch.outside_requests == ["https://example.org/", "http://192.0.2.1/"]
    watch.outside_requests.clear()
    watch.console_errors.clear()
