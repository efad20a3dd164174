"""Two heads side by side in a real browser: the difference, the distances and the order are NumPy's."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from headlight.model.run import run
from headlight.model.science.attention import jensen_shannon, rank_correlation
from headlight.model.trace import Trace
from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage
from tests.browser.explorer import COUNT_FRAMES, ask, explorer
from tests.browser.server import Server
from tests.conftest import HOUSE_SENTENCE

DIFFERENCE = "app.layout.now.d.values.reduce((all, each) => [...all, Number.isNaN(each) ? null : each], [])"


def difference(page: Page, n_tokens: int) -> np.ndarray:
    found = [np.nan if each is None else each for each in ask(page, DIFFERENCE)]
    return np.array(found).reshape(n_tokens, n_tokens)


def test_the_difference_map_is_the_traces(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("compare_heads", a="2.7", b="3.5")
    explorer(page)
    weights = house_trace.attentions[0].weights
    n_tokens = weights.shape[2]
    lower = np.tri(n_tokens, dtype=bool)
    shown = difference(page, n_tokens)
    assert np.abs(shown - (weights[2, 7] - weights[3, 5]))[lower].max() <= 0.001 + 1e-6
    assert np.isnan(shown[~lower]).all()
    box = ask(page, "app.layout.maps.d.box()")
    page.locator(".explorer .map .over").nth(2).hover(
        position={"x": box["left"] + 3.5 * box["cell"], "y": box["top"] + 4.5 * box["cell"]}
    )
    ask(page, "0")
    lines = page.locator(".explorer > .readout").first.locator(".line").all_inner_texts()
    values = [float(line.rsplit(" ", 1)[1].replace("−", "-")) for line in lines]
    expected = (weights[2, 7, 4, 3], weights[3, 5, 4, 3], weights[2, 7, 4, 3] - weights[3, 5, 4, 3])
    for value, exact in zip(values, expected, strict=True):
        assert abs(value - exact) <= 0.001 + 1e-6


def numbers(page: Page) -> tuple[float, float]:
    distance, order = page.locator(".explorer .numbers b").all_inner_texts()
    return float(distance), float(order.replace("−", "-"))


@pytest.mark.parametrize("heads", [("2.7", "5.0"), ("0.0", "0.1"), ("3.2", "3.2"), ("1.4", "4.4")])
def test_distance_and_order_are_numpys(open_page: OpenPage, house_trace: Trace, heads: tuple[str, str]) -> None:
    page = open_page("compare_heads", a=heads[0], b=heads[1])
    explorer(page)
    weights = house_trace.attentions[0].weights
    a, b = (weights[tuple(int(part) for part in each.split("."))] for each in heads)
    distance, order = numbers(page)
    assert abs(distance - jensen_shannon(a, b).mean()) <= 0.01
    lower = np.tri(len(a), dtype=bool)
    rounded = [np.rint(1000 * each.astype(float))[lower] for each in (a, b)]  # weights that show alike share a rank
    assert order == pytest.approx(rank_correlation(*rounded), abs=0.0051)
    rows = [float(each) for each in page.locator(".explorer .row-distance b").all_inner_texts()]
    assert np.abs(np.array(rows) - jensen_shannon(a, b)).max() <= 0.1


def test_swap_pick_and_hover_send_nothing(open_page: OpenPage) -> None:
    page = open_page("compare_heads", a="2.7", b="3.5")
    explorer(page)
    settle(page)
    page.evaluate(COUNT_FRAMES)
    before = difference(page, 9)
    page.get_by_role("button", name="Swap").click()
    np.testing.assert_allclose(difference(page, 9), -before)
    assert "a=3.5&b=2.7" in page.url
    page.get_by_role("button", name=re.compile("^Layer 1, head 4")).click()
    page.get_by_role("button", name=re.compile("^Layer 4, head 2")).click(modifiers=["Shift"])
    assert ask(page, "[app.state.a, app.state.b]") == [[1, 4], [4, 2]]
    page.get_by_label("Head A").select_option("0.6")
    page.get_by_label("Whole words").check()
    page.get_by_label("Hide the first token").check()
    page.locator(".explorer .chip").nth(3).hover()
    assert page.evaluate("window.sentFrames") == 0


def test_hover_in_one_shows_in_the_others(open_page: OpenPage) -> None:
    page = open_page("compare_heads", a="2.7", b="3.5")
    explorer(page)
    box = ask(page, "app.layout.maps.a.box()")
    page.locator(".explorer .map .over").first.hover(
        position={"x": box["left"] + 2.5 * box["cell"], "y": box["top"] + 5.5 * box["cell"]}
    )
    ask(page, "0")
    inked = page.locator(".explorer .map .over").evaluate_all(
        "(all) => all.map((each) => each.getContext('2d')"
        ".getImageData(0, 0, each.width, each.height).data.some((value) => value > 0))"
    )
    assert inked == [True, True, True]


def test_two_sentences_of_the_same_length(open_page: OpenPage) -> None:
    other = "The teacher taught the students with the telescope"
    page = open_page("compare_heads", a="2.7", b="2.7", text_b=other)
    explorer(page)
    a = run("headlight-decoder", HOUSE_SENTENCE).attentions[0].weights[2, 7]
    b = run("headlight-decoder", other).attentions[0].weights[2, 7]
    if a.shape == b.shape:
        assert np.abs(difference(page, len(a)) - (a - b))[np.tri(len(a), dtype=bool)].max() <= 0.001 + 1e-6
        expect(page.get_by_text("The tokens differ, so A and B are compared place by place.")).to_be_visible()
    else:
        expect(page.get_by_text("so their cells do not stand for the same places")).to_be_visible()


def test_two_sentences_of_different_length_have_no_difference(open_page: OpenPage) -> None:
    page = open_page("compare_heads", text_b="The cat sat")
    explorer(page)
    expect(page.get_by_text("A has 9 × 9 tokens and B 4 × 4")).to_be_visible()
    assert ask(page, "app.layout.now.d") is None
    shown = np.array(ask(page, "[...app.layout.now.b.values].map((each) => Number.isNaN(each) ? 0 : each)")).reshape(
        4, 4
    )
    exact = run("headlight-decoder", "The cat sat").attentions[0].weights[5, 0]
    assert np.abs(shown - exact).max() <= 0.0005 + 1e-6
    address = page.url
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("A has 4 × 4 tokens and B 9 × 9")).to_be_visible()
    assert ask(page, "[app.state.a, app.state.b]") == [[5, 0], [2, 7]]
    assert page.url == f"{address}&swapped=yes", "the sides of the link stay, and that they are swapped is said"
    page.reload()
    settle(page)
    explorer(page)
    expect(page.get_by_text("A has 4 × 4 tokens and B 9 × 9")).to_be_visible()
    assert ask(page, "[app.state.a, app.state.b]") == [[5, 0], [2, 7]]
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("A has 9 × 9 tokens and B 4 × 4")).to_be_visible()
    assert page.url == address


def shown(page: Page, side: str) -> np.ndarray:
    values, height = ask(page, f"[[...app.layout.now.{side}.values].map((each) => Number.isNaN(each) ? 0 : each), "
                         f"app.layout.now.{side}.height]")  # fmt: skip
    return np.array(values).reshape(height, -1)


def read(page: Page, side: int, row: int, column: int) -> list[str]:
    """Point at a cell of a map (0: A, 1: B) and return the lines that are said of it."""
    box = ask(page, f"app.layout.maps.{'ab'[side]}.box()")
    page.locator(".explorer .map .over").nth(side).hover(
        position={"x": box["left"] + (column + 0.5) * box["cell"], "y": box["top"] + (row + 0.5) * box["cell"]}
    )
    ask(page, "0")
    return page.locator(".explorer > .readout").first.locator(".line").all_inner_texts()


def number_of(line: str) -> float:
    return float(line.rsplit(" ", 1)[1].replace("−", "-"))


def test_two_models_read_one_sentence(page: Page, server: Server, models: Path) -> None:
    text = "The teacher taught the students"
    page.goto(server.url("compare_heads", text=text, model_b="folder:gpt2", a="4.6", b="1.2"))
    settle(page)
    explorer(page)
    a = run("headlight-decoder", text).attentions[0].weights[4, 6]
    b = run(str(models / "gpt2"), text).attentions[0].weights[1, 2]
    assert (a.shape, b.shape) == ((6, 6), (9, 9)), "the tokenizers cut the sentence differently"
    for side, exact in (("a", a), ("b", b)):
        assert np.abs(shown(page, side) - exact).max() <= 0.0005 + 1e-6
    expect(page.get_by_text("A has 6 × 6 tokens and B 9 × 9, so their cells do not stand for the same")).to_be_visible()
    assert ask(page, "app.layout.now.d") is None
    expect(page.locator(".explorer .map .over").nth(2)).to_be_hidden()
    for row, column in ((1, 0), (4, 2), (5, 5)):
        said_a, said_b = read(page, 1, row, column)
        assert said_a.startswith("A")
        assert said_b.startswith("B")
        assert abs(number_of(said_a) - a[row, column]) <= 0.001 + 1e-6
        assert abs(number_of(said_b) - b[row, column]) <= 0.001 + 1e-6
    (said,) = read(page, 1, 8, 6)  # a cell that A does not have
    assert said.startswith("B")
    assert abs(number_of(said) - b[8, 6]) <= 0.001 + 1e-6
    heads = page.get_by_label("Head B").locator("option")
    expect(heads).to_have_count(3 * 4)
    expect(page.get_by_label("Head A").locator("option")).to_have_count(6 * 8)
    page.evaluate(COUNT_FRAMES)
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("A has 9 × 9 tokens and B 6 × 6")).to_be_visible()
    assert np.abs(shown(page, "a") - b).max() <= 0.0005 + 1e-6
    assert np.abs(shown(page, "b") - a).max() <= 0.0005 + 1e-6
    expect(page.get_by_label("Head A").locator("option")).to_have_count(3 * 4)
    assert page.evaluate("window.sentFrames") == 0


def test_two_models_with_as_many_tokens_have_a_difference(page: Page, server: Server, models: Path) -> None:
    text, text_b = "The teacher taught the students", "The cat sat"
    query = {"text": text, "model_b": "folder:gpt2", "text_b": text_b, "a": "4.6", "b": "1.2"}
    page.goto(server.url("compare_heads", **query))
    settle(page)
    explorer(page)
    a = run("headlight-decoder", text).attentions[0].weights[4, 6]
    b = run(str(models / "gpt2"), text_b).attentions[0].weights[1, 2]
    lower = np.tri(6, dtype=bool)
    assert np.abs(difference(page, 6) - (a - b))[lower].max() <= 0.001 + 1e-6
    expect(page.get_by_text("The tokens differ, so A and B are compared place by place.")).to_be_visible()
    assert abs(numbers(page)[0] - jensen_shannon(a, b).mean()) <= 0.01
    for value, exact in zip(map(number_of, read(page, 0, 4, 2)), (a[4, 2], b[4, 2], a[4, 2] - b[4, 2]), strict=True):
        assert abs(value - exact) <= 0.001 + 1e-6
    page.get_by_role("button", name="Swap").click()
    assert np.abs(difference(page, 6) - (b - a))[lower].max() <= 0.001 + 1e-6


def test_a_link_to_heads_that_are_not_there_is_answered(open_page: OpenPage) -> None:
    page = open_page("compare_heads", a="99.0", b="x")
    explorer(page)
    expect(page.get_by_text("The link asks for a head A that is not there")).to_be_visible()
    expect(page.get_by_text("The link asks for a head B that is not there")).to_be_visible()
