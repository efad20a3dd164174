"""The Positions page in a real browser: what stands on screen, under the pointer and on a phone."""

import pytest
from playwright.sync_api import Locator, expect

from headlight.model import questions
from headlight.model.run import run
from tests.browser.chromium import ColorScheme, settle
from tests.browser.conftest import OpenPage
from tests.conftest import HOUSE_SENTENCE


def bottom(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_title_sentence_and_first_figure_need_no_scrolling(open_page: OpenPage, color_scheme: ColorScheme) -> None:
    page = open_page("positions")
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    expect(page.locator(".strip").first).to_be_in_viewport(ratio=1)
    assert bottom(page.locator(".heatmap").first) <= 720


def test_the_pointer_and_the_keys_read_the_models_number(open_page: OpenPage) -> None:
    stack = run("headlight-decoder", HOUSE_SENTENCE).stacks[0]
    assert stack.position_embeddings is not None
    page = open_page("positions")
    figure = page.locator(".heatmap figure").first
    canvas, readout = figure.locator("canvas").first, figure.locator(".readout")
    canvas.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        canvas.press(key)
    value = f"{stack.position_embeddings[2, 3]:.3f}".replace("-", "−")
    expect(readout).to_have_text(f"position 2 “teacher” has in dimension 3: value {value}")
    box = canvas.bounding_box()
    assert box is not None
    canvas.hover(position={"x": box["width"] - 3.5, "y": box["height"] - 5})  # the last cell, however wide cells are
    value = f"{stack.position_embeddings[8, 255]:.3f}".replace("-", "−")
    expect(readout).to_have_text(f"position 8 “book” has in dimension 255: value {value}")


def test_the_pointer_reads_a_curve(open_page: OpenPage) -> None:
    page = open_page("positions", d="8", base="100", section="Sinusoids of 2017")
    chart = page.locator(".lines").filter(has_text="sine, column 2").first
    chart.locator("svg").focus()
    for _ in range(4):
        chart.locator("svg").press("ArrowRight")
    # sin and cos of 3 / 100 ** (2 / 8)
    expect(chart.locator(".readout")).to_have_text("position 3: sine, column 2 0.813 · cosine, column 3 0.583")


def test_another_token_adds_up_other_numbers_and_stays_in_the_link(open_page: OpenPage) -> None:
    stack = run("headlight-decoder", HOUSE_SENTENCE).stacks[0]
    page = open_page("positions")
    page.get_by_role("tab", name="Token + position").click()
    settle(page)
    assert "section=Token" in page.url
    total = page.locator(".addition .sum td").first
    expect(total).to_be_visible()
    page.get_by_role("combobox", name="Token").click()
    page.keyboard.type("book")
    expect(page.get_by_role("option")).to_have_text(["8  book"])
    page.keyboard.press("Enter")
    settle(page)
    expect(total).to_have_text(f"{stack.hidden_states[0, 8, 0]:.3f}".replace("-", "−"))
    assert "token=8" in page.url
    page.reload()
    settle(page)
    expect(total).to_have_text(f"{stack.hidden_states[0, 8, 0]:.3f}".replace("-", "−"))


@pytest.mark.parametrize("viewport", [(390, 844), (1280, 720)])
def test_a_full_context_fits_and_nothing_sticks_out(open_page: OpenPage) -> None:
    page = open_page("positions", text="word and " * 160, rows="0")
    trace = run("headlight-decoder", "word and " * 160)
    assert len(trace.stacks[0].tokens) == 256
    assert len(questions.positions(trace).vectors) == 256  # type: ignore[union-attr]
    main = page.get_by_test_id("stMain")
    right = main.evaluate("node => node.getBoundingClientRect().right")
    n_seen = 0
    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
        for part in page.locator(".heatmap canvas, .lines svg, .lines figcaption").all():
            if part.is_visible():
                n_seen += 1
                box = part.bounding_box()
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= right + 1
    assert n_seen > 10
