"""The explorer in a real browser: every number is the Trace's, and looking around sends nothing."""

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model.attention import rollout
from model.detail import head_vectors, value_norms
from model.run import run
from model.trace import Trace
from tests.browser.chromium import ColorScheme, settle
from tests.browser.conftest import OpenPage
from tests.browser.explorer import COUNT_FRAMES, ask, centre_of_cell, explorer, read_cell, shown_values

UNIT = 0.001


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def head(page: Page, layer: int, number: int) -> None:
    page.get_by_role("button", name=re.compile(rf"^Layer {layer}, head {number}(,|$)")).first.click()


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


def shown_as_array(page: Page) -> np.ndarray:
    return np.array([[np.nan if cell is None else cell for cell in row] for row in shown_values(page)])


def test_combinations_are_numpys(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention", layer="3", head="2")
    explorer(page)
    attention = house_trace.attentions[0]
    weights, tri = attention.weights, np.tri(len(attention.key_tokens), dtype=bool)
    page.locator(".explorer summary").first.click()

    def compare(show: str, expected: np.ndarray, error: float, of: str | None = None) -> None:
        page.get_by_label("Show").select_option(show)
        if of:
            page.get_by_label("Of which heads").select_option(of)
        ask(page, "0")
        np.testing.assert_allclose(shown_as_array(page)[tri], expected[tri], rtol=0, atol=error)

    compare("mean", weights[3].mean(axis=0), 0.0005, "layer")
    compare("mean", weights.mean(axis=(0, 1)), 0.0005, "all")
    compare("max", weights[3].max(axis=0), 0.00051, "layer")
    page.get_by_role("button", name=re.compile("^Layer 1, head 4")).click(modifiers=["Control"])
    page.get_by_role("button", name=re.compile("^Layer 5, head 0")).press("x")
    compare("mean", (weights[1, 4] + weights[5, 0]) / 2, 0.0005, "chosen")
    compare("rollout", rollout(weights)[3], 0.005)
    lengths = weights[3, 2] * value_norms(house_trace, attention)[3, 2]
    compare("norms", lengths, 0.0006 * lengths.max() / weights[3, 2].max() + 0.01)


def test_hidden_columns_leave_rows_that_add_up_and_the_hidden_mass_is_shown(
    open_page: OpenPage, house_trace: Trace
) -> None:
    page = open_page("attention", layer="1", head="0")
    explorer(page)
    weights = house_trace.attentions[0].weights[1, 0]
    page.locator(".explorer summary").first.click()
    page.get_by_label("Hide the first token").check()
    values = shown_as_array(page)
    assert np.isnan(values[:, 0]).all()
    errors = np.array(ask(page, "[...app.matrix.errors]"))
    for row in range(2, len(weights)):
        exact = weights[row, 1:] / weights[row, 1:].sum()
        assert np.abs(values[row, 1 : row + 1] - exact[:row]).max() <= errors[row]
        assert np.nansum(values[row]) == pytest.approx(1, abs=errors[row] * row)
    hidden = np.array(ask(page, "[...app.matrix.hidden]"))
    np.testing.assert_allclose(hidden, weights[:, 0], atol=0.0005 + 1e-6)
    said = read_cell(page, 6, 3)
    shown, rest = re.search(r"weight ([\d.]+); ([\d.]+) of the row is hidden", said).groups()  # type: ignore[union-attr]
    exact = weights[6, 3] / weights[6, 1:].sum()
    assert abs(float(shown) - exact) <= 10.0 ** -len(shown.split(".")[1])
    assert abs(float(rest) - weights[6, 0]) <= UNIT


def test_words_add_what_is_read_and_average_what_reads(open_page: OpenPage) -> None:
    text = "unbelievable tokenization"
    page = open_page("attention", text=text, layer="2", head="3")
    explorer(page)
    trace = run("headlight-decoder", text)
    weights = trace.attentions[0].weights[2, 3].astype(float)
    page.locator(".explorer summary").first.click()
    page.get_by_label("Tokens or words").select_option("words")
    words = [0] * 1 + [1] * 6 + [2] * (len(weights) - 7)
    groups = [np.flatnonzero(np.array(words) == word) for word in range(3)]
    expected = np.array([[weights[np.ix_(q, k)].sum(axis=1).mean() for k in groups] for q in groups])
    got = shown_as_array(page)
    np.testing.assert_allclose(got[np.tri(3, dtype=bool)], expected[np.tri(3, dtype=bool)], atol=0.004)
    np.testing.assert_allclose(np.nansum(got, axis=1), 1, atol=0.004)
    assert ask(page, "app.matrix.rows") == ["<|endoftext|>", "unbelievable", "tokenization"]


def test_the_threshold_hides_colours_but_no_numbers(open_page: OpenPage) -> None:
    page = open_page("attention", layer="0", head="0")
    explorer(page)
    page.locator(".explorer summary").first.click()
    page.get_by_label("Threshold").fill("0.5")
    said = read_cell(page, 5, 3)
    assert "below the threshold" in said
    assert float(re.search(r"weight ([\d.]+)", said)[1]) > 0  # type: ignore[index]


def test_the_contrast_is_shown_and_changes_no_number(open_page: OpenPage) -> None:
    page = open_page("attention")
    explorer(page)
    said = read_cell(page, 5, 3)
    page.locator(".explorer summary").first.click()
    page.get_by_label("Contrast").fill("4")
    assert read_cell(page, 5, 3) == said
    expect(page.locator(".explorer .legend").first).to_contain_text("contrast 4")
    expect(page.locator(".explorer summary").first).to_contain_text("contrast 4.0")


def test_lines_draw_one_head_and_several(open_page: OpenPage) -> None:
    page = open_page("attention", layer="2", head="7")
    explorer(page)
    page.get_by_role("tab", name="Lines").click()
    canvas = page.locator(".explorer .lines canvas").first
    inked = (
        "(canvas) => { const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
        " return data.filter((each, index) => index % 4 === 3 && each > 0).length; }"
    )
    one = canvas.evaluate(inked)
    assert one > 500
    for name in ("Layer 1, head 4", "Layer 5, head 0"):
        page.get_by_role("button", name=re.compile(f"^{name}")).click(modifiers=["Control"])
    page.get_by_label("Chosen heads, each in its colour").check()
    ask(page, "0")
    expect(page.locator(".explorer .lines .legend")).to_contain_text("Layer 1, head 4")
    assert canvas.evaluate(inked) != one
    geometry = ask(page, "(({ x0, row }) => ({ x: x0 - 10, y: 8 + 3.5 * row }))(app.layout.lines.shown())")
    page.locator(".explorer .lines .over").click(position=geometry)
    assert ask(page, "JSON.stringify(app.state.pins)") == "[[3,null]]"


def test_the_head_finder_opens_what_it_shows(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention")
    explorer(page)
    page.get_by_role("tab", name="Head finder").click()
    page.get_by_label("Up").select_option("entropy")
    points = page.locator(".explorer .point")
    expect(points).to_have_count(48)
    weights = house_trace.attentions[0].weights
    previous = np.stack([np.diagonal(each, -1) for each in weights.reshape(-1, *weights.shape[2:])]).mean(axis=1)
    lefts = np.array(points.evaluate_all("(all) => all.map((each) => parseFloat(each.style.left))"))
    np.testing.assert_allclose((lefts / 100 - 0.04) / 0.92, previous, atol=2e-4)
    chance = np.mean([1 / (row + 1) for row in range(1, weights.shape[2])])
    line = page.locator(".explorer .chance.down").evaluate("(each) => parseFloat(each.style.left)")
    assert (line / 100 - 0.04) / 0.92 == pytest.approx(chance, abs=2e-4)
    points.nth(int(previous.argmax())).click()
    layer, number = divmod(int(previous.argmax()), weights.shape[1])
    expect(page.locator(".explorer figcaption").first).to_have_text(
        f"Layer {layer}, head {number} · reads mostly the previous token"
    )
    badge = page.get_by_role("button", name=f"Layer {layer}, head {number}, reads mostly the previous token")
    expect(badge).to_have_text("←")


def test_the_microscope_ends_at_the_displayed_weight(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("attention", layer="2", head="7", pins="4.3")
    explorer(page)
    page.get_by_role("tab", name="Microscope").click()
    page.wait_for_selector(".explorer .stage")
    vectors = head_vectors(house_trace, house_trace.attentions[0], 2, 7)
    for _ in range(6):
        page.get_by_role("button", name="One stage on").click()
    stages = page.locator(".explorer .stage").all_inner_texts()
    numbers = [
        float(text.replace("−", "-")) for text in page.locator(".explorer .stage .result").all_inner_texts() if text
    ]
    dot = float(vectors.query[4] @ vectors.key[3])
    assert numbers[0] == pytest.approx(dot, abs=0.002)
    assert numbers[1] == pytest.approx(dot * vectors.scale, abs=0.002)
    weight = house_trace.attentions[0].weights[2, 7, 4, 3]
    assert numbers[-1] == pytest.approx(weight, abs=UNIT)
    on_map = float(re.search(r"on the map: ([\d.]+)", stages[5])[1])  # type: ignore[index]
    assert abs(on_map - numbers[-1]) <= UNIT
    products = page.locator(".explorer .stage").nth(1).locator("canvas")
    products.focus()
    products.press("ArrowRight")
    said = page.locator(".explorer .stage").nth(1).locator(".note").inner_text().replace("−", "-")
    assert float(said.rsplit(" ", 1)[1]) == pytest.approx(float(vectors.query[4, 1] * vectors.key[3, 1]), abs=0.001)
    values = page.locator(".explorer .stage").nth(6).locator("canvas").nth(2)
    values.focus()
    values.press("ArrowRight")
    said = page.locator(".explorer .stage").nth(6).locator(".note").inner_text().replace("−", "-")
    expected = float((house_trace.attentions[0].weights[2, 7, 4] @ vectors.value)[1])
    assert float(said.rsplit(" ", 1)[1]) == pytest.approx(expected, abs=0.002)


def test_the_microscope_steps_plays_and_scrubs(open_page: OpenPage) -> None:
    page = open_page("attention", layer="2", head="7")
    page.emulate_media(reduced_motion="reduce")
    explorer(page)
    over = page.locator(".explorer .map .over").first
    over.dblclick(position=centre_of_cell(page, 5, 2))
    expect(page.get_by_role("tab", name="Microscope")).to_have_attribute("aria-selected", "true")
    page.wait_for_selector(".explorer .stage")
    expect(page.locator(".explorer .microscope h4")).to_contain_text("query 5")
    visible = page.locator(".explorer .stage:not([hidden])")
    expect(visible).to_have_count(1)
    page.locator(".explorer .microscope").get_by_role("button", name="One stage on").press("ArrowRight")
    expect(visible).to_have_count(2)
    page.get_by_label("Stage", exact=True).fill("4")
    expect(visible).to_have_count(5)
    assert page.locator(".explorer .stage.now").evaluate("(each) => getComputedStyle(each).animationName") == "none"
    page.get_by_role("button", name="Play").click()
    expect(visible).to_have_count(7, timeout=8000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_microscope_asks_once_a_head(open_page: OpenPage) -> None:
    page = open_page("attention", layer="2", head="7")
    explorer(page)
    page.get_by_role("tab", name="Microscope").click()
    page.wait_for_selector(".explorer .stage")
    settle(page)
    page.evaluate(COUNT_FRAMES)
    page.locator(".explorer .chip").nth(4).click()
    page.get_by_role("tab", name="Map").click()
    page.get_by_role("tab", name="Microscope").click()
    assert page.evaluate("window.sentFrames") == 0
    head(page, 1, 1)
    page.wait_for_selector(".explorer .stage")
    expect(page.locator(".explorer .microscope h4")).to_contain_text("Layer 1, head 1")
    settle(page)
    assert page.evaluate("window.sentFrames") == 1


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


def test_what_is_shown_can_be_taken_away(open_page: OpenPage, house_trace: Trace, tmp_path: Path) -> None:
    page = open_page("attention", text='=1+1 <b>&amp;</b> "x"', layer="1", head="3")
    explorer(page)
    trace = run("headlight-decoder", '=1+1 <b>&amp;</b> "x"')
    weights = trace.attentions[0].weights[1, 3]
    files = {}
    for kind in ("PNG", "SVG", "CSV", "JSON"):
        with page.expect_download() as download:
            button(page, kind)
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    assert files["PNG"].read_bytes().startswith(b"\x89PNG")
    picture = ElementTree.parse(files["SVG"]).getroot()
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}rect")) == weights.size + 1
    with files["CSV"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == weights.size
    for row in rows:
        at = (int(row["query_position"]), int(row["key_position"]))
        if at[1] > at[0]:
            assert row["weight"] == ""
        else:
            assert abs(float(row["weight"]) - weights[at]) <= UNIT
        assert not row["key"].startswith("=")
    taken = json.loads(files["JSON"].read_text(encoding="utf-8"))
    assert taken["about"][0]["model"] == "headlight-decoder"
    assert taken["about"][0]["text"] == trace.text
    assert taken["maps"][0]["weights"][2][1] == pytest.approx(weights[2, 1], abs=UNIT)


def test_the_saved_page_opens_with_the_network_off(open_page: OpenPage, tmp_path: Path, house_trace: Trace) -> None:
    page = open_page("attention")
    explorer(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole explorer as one HTML file").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert page.context.browser is not None
    context = page.context.browser.new_context(offline=True)
    alone = context.new_page()
    errors: list[str] = []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    alone.goto(saved.as_uri())
    explorer(alone)
    weights = house_trace.attentions[0].weights
    np.testing.assert_array_equal(
        np.array(ask(alone, "[...app.parts[0].ints]")).reshape(weights.shape), np.rint(1000 * weights)
    )
    head(alone, 3, 4)
    said = read_cell(alone, 5, 2)
    assert abs(float(said.rsplit("weight ", 1)[1]) - weights[3, 4, 5, 2]) <= UNIT
    alone.get_by_role("tab", name="Microscope").click()
    expect(alone.get_by_text("This needs the running app").first).to_be_visible()
    assert errors == []
    context.close()


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
