"""The explorer in a real browser: every number is the Trace's, and looking around sends nothing."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from headlight.model.run import run
from headlight.model.trace import Trace
from tests.browser.chromium import ColorScheme, settle
from tests.browser.conftest import OpenPage
from tests.browser.explorer import COUNT_FRAMES, ask, centre_of_cell, explorer, head, read_cell

UNIT = 0.001


def test_twenty_random_cells_are_the_traces(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention")
    explorer(page)
    weights = house_trace.attentions[0].weights
    n_layers, n_heads, n_tokens, _ = weights.shape
    rng = np.random.default_rng(11)
    for _ in range(20):
        layer, number, row = (int(rng.integers(size)) for size in (n_layers, n_heads, n_tokens))
        column = int(rng.integers(row + 1))
        head(page, layer, number)
        said = read_cell(page, row, column)
        assert said.startswith(f"Layer {layer}, head {number}: query {row} “"), said
        shown = float(said.rsplit("weight ", 1)[1])
        assert abs(shown - weights[layer, number, row, column]) <= UNIT, said


def test_a_masked_cell_is_said_and_grey(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    assert read_cell(page, 2, 5).endswith("hidden by the mask")
    at = centre_of_cell(page, 2, 5)
    page.mouse.move(3, 3)
    painted = page.locator(".explorer .map .cells").evaluate(
        "(canvas, { x, y }) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]",
        at,
    )
    assert painted == [0xD3, 0xD4, 0xD8, 255]


def test_every_head_is_there_and_its_rows_add_up(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention")
    explorer(page)
    weights = house_trace.attentions[0].weights
    got = np.array(ask(page, "[...app.parts[0].ints]")).reshape(weights.shape)
    np.testing.assert_array_equal(got, np.rint(1000 * weights))
    sums = np.array(ask(page, "[...app.parts[0].sums]")).reshape(weights.shape[:3])
    np.testing.assert_array_equal(sums, 1000)
    assert page.locator(".explorer .thumb").count() == weights.shape[0] * weights.shape[1]


def test_thumbnails_show_the_largest_weight_of_each_pixel(open_page: OpenPage) -> None:
    text = "one two three four five six seven eight nine ten " * 7
    page = open_page("attention", text=text.strip())
    explorer(page)
    trace = run("headlight-decoder", text.strip())
    weights = trace.attentions[0].weights
    n = weights.shape[2]
    size = ask(page, "[app.root.querySelector('.thumb').clientWidth, app.root.querySelector('.thumb').clientHeight]")
    assert n > size[0], "the text must be longer than a thumbnail is wide"
    previous = np.stack([np.diag(each, -1) for each in weights.reshape(-1, n, n)]).mean(axis=1)
    layer, number = divmod(int(previous.argmax()), weights.shape[1])
    pixels = np.array(
        page.locator(".explorer .grid canvas").first.evaluate(
            """(canvas, [layer, number, heads]) => {
              const node = canvas.parentNode.querySelectorAll('.thumb')[layer * heads + number];
              const [x, y, w, h] = ['left', 'top', 'width', 'height'].map((end) => parseFloat(node.style[end]));
              return [...canvas.getContext('2d').getImageData(x, y, w, h).data];
            }""",
            [layer, number, weights.shape[1]],
        )
    ).reshape(size[1], size[0], 4)
    pooled = np.zeros((size[1], size[0]))
    for row in range(n):
        for column in range(row + 1):
            at = (row * size[1] // n, column * size[0] // n)
            pooled[at] = max(pooled[at], weights[layer, number, row, column])
    ramp = {0.0: 0xFDF9EE, 0.25: 0xF8CF86, 0.5: 0xE5861F, 0.75: 0xA8480B, 1.0: 0x3D1402}
    places = sorted(ramp)
    for channel, shift in enumerate((16, 8, 0)):
        expected = np.interp(pooled, places, [(ramp[place] >> shift) & 255 for place in places])
        lower = np.tril(np.ones_like(pooled, dtype=bool))
        assert np.abs(pixels[..., channel] - expected)[lower].max() <= 2


def test_looking_around_sends_nothing(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    settle(page)
    page.evaluate(COUNT_FRAMES)
    for layer, number in ((3, 5), (1, 1), (2, 7)):
        head(page, layer, number)
        read_cell(page, 4, 2)
    page.locator(".explorer .chip").nth(3).click()
    page.locator(".explorer .chip").nth(5).click(modifiers=["Shift"])
    page.locator(".explorer summary").first.click()
    for show in ("mean", "max", "rollout", "norms", "head"):
        page.get_by_label("Show").select_option(show)
        ask(page, "0")
        assert ask(page, "app.matrix !== null"), show
    page.get_by_label("Hide the first token").check()
    page.get_by_label("Tokens or words").select_option("words")
    page.get_by_label("Threshold").fill("0.1")
    page.get_by_label("Contrast").fill("3")
    page.get_by_role("tab", name="Lines").click()
    page.get_by_role("tab", name="Head finder").click()
    page.locator(".explorer .point").nth(9).press("Enter")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert page.evaluate("window.sentFrames") == 0


def test_hover_lights_the_sentence_the_map_and_every_thumbnail(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    before = page.locator(".explorer .grid .over").screenshot()
    page.locator(".explorer .chip").nth(3).hover()
    ask(page, "0")
    veiled = page.locator(".explorer .grid .over").evaluate(
        """(canvas) => [...canvas.parentNode.querySelectorAll('.thumb')].map((node) => {
          const [x, y, w, h] = ['left', 'top', 'width', 'height'].map((end) => parseFloat(node.style[end]));
          const alpha = (row, column) => canvas.getContext('2d')
            .getImageData(Math.floor(x + (column + 0.5) * w / 9), Math.floor(y + (row + 0.5) * h / 9), 1, 1).data[3];
          return [alpha(3, 0), alpha(7, 3), alpha(7, 7)];
        })"""
    )
    assert len(veiled) == 48
    assert all(row == 0 and column == 0 and other > 150 for row, column, other in veiled)
    assert page.locator(".explorer .grid .over").screenshot() != before
    assert "lit" in (page.locator(".explorer .chip").nth(3).get_attribute("class") or "")
    over = page.locator(".explorer .map .over").first
    assert over.evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((each) => each)"
    )


def test_pins_add_up_and_escape_clears(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention")
    explorer(page)
    head(page, 2, 7)
    over = page.locator(".explorer .map .over").first
    over.click(position=centre_of_cell(page, 4, 3))
    over.click(position=centre_of_cell(page, 5, 4), modifiers=["Shift"])
    page.mouse.move(3, 3)
    pinned = page.locator(".explorer .readout.pinned")
    weights = house_trace.attentions[0].weights[2, 7]
    found = re.search(r"2 pinned .*The 2 pinned cells add up to ([\d.]+)\.", pinned.inner_text())
    assert found is not None
    assert abs(float(found[1]) - (weights[4, 3] + weights[5, 4])) <= 10 ** -len(found[1].split(".")[1])
    chips = page.locator(".explorer .chip small").all_inner_texts()
    together = weights[4] + weights[5]
    assert chips[6:] == ["·"] * 3
    for text, value in zip(chips[:6], together, strict=False):
        assert abs(float(text) - value) <= 0.01
    assert "pins=4.3_5.4" in page.url
    page.keyboard.press("Escape")
    expect(pinned).to_be_hidden()
    assert "pins" not in page.url


def test_pins_survive_head_layer_and_page_and_a_copied_address(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    page.locator(".explorer .chip").nth(3).click()
    head(page, 4, 2)
    assert ask(page, "JSON.stringify(app.state.pins)") == "[[3,3]]"
    assert page.url.endswith("layer=4&head=2&pins=3.3")
    page.get_by_role("textbox", name="Your sentence").fill("The teacher taught the students with the telescope")
    page.keyboard.press("Enter")  # a server run, which writes the address
    settle(page)
    explorer(page)
    assert ask(page, "[app.state.layer, app.state.head, JSON.stringify(app.state.pins)]") == [4, 2, "[[3,3]]"]
    address = page.url
    for part in ("telescope", "layer=4", "head=2", "pins=3.3"):
        assert part in address
    navigation = page.get_by_test_id("stSidebarNav")
    for title in ("Tokens", "Compare heads", "Attention"):
        navigation.get_by_role("link", name=title).click()
        settle(page)
        if title != "Tokens":
            explorer(page)
            assert ask(page, "JSON.stringify(app.state.pins)") == "[[3,3]]", title
    assert ask(page, "[app.state.layer, app.state.head]") == [4, 2]

    browser = page.context.browser
    assert browser is not None
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(address)
    settle(elsewhere)
    explorer(elsewhere)
    assert ask(elsewhere, "[app.state.layer, app.state.head, JSON.stringify(app.state.pins)]") == [4, 2, "[[3,3]]"]
    expect(elsewhere.locator(".explorer .chip").nth(3)).to_have_attribute("aria-pressed", "true")
    elsewhere.context.close()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"layer": "99"}, "The link asks for a layer that is not there, so layer 0 is shown. There are 0 to 5."),
        ({"head": "-1"}, "The link asks for a head that is not there, so head 0 is shown. There are 0 to 7."),
        ({"layer": "<script>"}, "The link asks for a layer that is not there"),
        ({"pins": "999.999_abc_x.x_"}, None),
    ],
)
def test_a_link_to_what_is_not_there_is_answered(
    open_page: OpenPage, query: dict[str, str], sentence: str | None
) -> None:
    page = open_page("attention", **query)
    explorer(page)
    if sentence:
        expect(page.get_by_text(sentence)).to_be_visible()
    assert ask(page, "[app.state.layer, app.state.head, app.state.pins.length]") == [0, 0, 0]


def test_everything_is_reachable_by_keys(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    page.locator(".explorer .chip").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Enter")
    assert ask(page, "JSON.stringify(app.state.pins)") == "[[2,2],[3,3]]"
    page.keyboard.press("Escape")
    assert ask(page, "app.state.pins.length") == 0
    page.keyboard.press("Tab")  # the strip is one stop, the grid the next
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert ask(page, "[app.state.layer, app.state.head]") == [1, 1]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert ask(page, "app.state.view") == "lines"
    page.keyboard.press("ArrowLeft")
    assert ask(page, "app.state.view") == "map"
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    ask(page, "0")
    said = page.locator(".explorer .main > .readout").first.inner_text()
    assert said.startswith("Layer 1, head 1: query 3 “taught” reads key 1 “The”"), said
    page.keyboard.press("Enter")
    assert ask(page, "JSON.stringify(app.state.pins)") == "[[3,1]]"
    page.keyboard.press("m")
    assert ask(page, "app.state.view") == "microscope"


def test_focus_is_visible(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    page.locator(".explorer .chip").first.focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        width = page.evaluate(
            "() => { let at = document.activeElement;"
            " while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
            " return at.closest?.('.explorer') ? parseFloat(getComputedStyle(at).outlineWidth) : 99; }"
        )
        assert width >= 2


def test_the_row_is_a_table_for_readers(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention", layer="2", head="7", pins="4.3")
    explorer(page)
    page.get_by_text("The row as a table").click()
    table = page.locator(".explorer details.table table")
    expect(table.locator("caption")).to_contain_text("Layer 2, head 7: what query 4 “the” reads")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(9)
    weights = house_trace.attentions[0].weights[2, 7, 4]
    for index, row in enumerate(rows.all()):
        text = row.locator("td").last.inner_text()
        if index > 4:
            assert text == "hidden by the mask"
        else:
            assert abs(float(text) - weights[index]) <= UNIT


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1280, 720), (390, 844)])
def test_it_fits_light_dark_and_a_phone(
    open_page: OpenPage, color_scheme: ColorScheme, viewport: tuple[int, int]
) -> None:
    page = open_page("attention")
    explorer(page)
    for view in ("Map", "Lines", "Microscope", "Head finder"):
        page.get_by_role("tab", name=view).click()
        page.wait_for_timeout(200)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= viewport[0], view
        too_far = page.locator(".explorer canvas").evaluate_all(
            "(all) => all.filter((each) => each.offsetParent"
            " && each.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert too_far == 0, view
    background = ask(page, "app.palette.background")
    assert background == ("#FCFAF5" if color_scheme == "light" else "#0F1420")


def test_the_theme_can_change_while_it_is_shown(open_page: OpenPage) -> None:
    page = open_page("attention", pins="3.2")
    explorer(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert ask(page, "[app.palette.background, app.state.pins.length]") == ["#0F1420", 1]
