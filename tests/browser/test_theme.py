"""What is drawn follows the theme while it is looked at: canvases are painted anew, CSS needs nothing to be done."""

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, expect

from headlight.viz.explorer import explorer_html
from headlight.viz.theme import DARK, LIGHT, Palette, Ramp, rgb
from tests.browser.chromium import ColorScheme
from tests.browser.conftest import OpenPage

LOOKS: tuple[tuple[ColorScheme, Palette], ...] = (("light", LIGHT), ("dark", DARK), ("light", LIGHT))
FIRST_PIXEL = "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data].slice(0, 3).join()"


def expect_scale(bar: Locator, ramp: Ramp) -> None:
    """Wait until the low end of a scale has the colour of the ramp."""
    wanted = ",".join(str(part) for part in rgb(ramp[0][1]))
    for _ in range(50):
        if bar.evaluate(FIRST_PIXEL) == wanted:
            return
        bar.page.wait_for_timeout(100)
    assert bar.evaluate(FIRST_PIXEL) == wanted


def css(colour: str) -> str:
    return "rgb({}, {}, {})".format(*rgb(colour))


def test_a_page_in_the_app_follows_the_theme(open_page: OpenPage) -> None:
    page = open_page("positions", section="Sinusoids of 2017")
    matrix, curves = page.locator(".heatmap:visible .legend canvas").first, page.locator(".lines:visible").first
    for scheme, colours in LOOKS[:2]:
        page.emulate_media(color_scheme=scheme)
        expect_scale(matrix, colours.difference)
        expect(curves.locator("path.solid").first).to_have_css("stroke", css(colours.series[0]))
        expect(page.locator(".strip .chip").nth(1)).to_have_css("background-color", css(colours.tokens[1]))


def test_a_saved_page_follows_the_theme_of_the_system(browser: Browser, tmp_path: Path) -> None:
    weights = np.array([[[[1.0, 0.0], [0.25, 0.75]]]], np.float32)
    file = tmp_path / "page.html"
    file.write_text(explorer_html(weights, ["a", "b"]), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    for scheme, colours in LOOKS:
        page.emulate_media(color_scheme=scheme)
        expect_scale(page.locator(".explorer .map + .legend canvas, .explorer .legend canvas").first, colours.weights)
        expect(page.locator("body")).to_have_css("background-color", css(colours.background))
        expect(page.locator(".explorer .readout").first).to_have_css("background-color", css(colours.panel))
    page.close()
