"""The Next token page in a browser: its arithmetic is NumPy's, and the sentence grows, shrinks and forgets."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from headlight.model.run import run
from headlight.model.science.distribution import NextToken, Settings, entropy_bits, next_token
from headlight.model.trace import Trace
from headlight.viz.bars import N_NAMED, N_SHOWN
from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage

SETTINGS = (
    Settings(),
    Settings(temperature=0.0),
    Settings(temperature=0.05, top_p=0.95),
    Settings(temperature=0.7, top_k=40, top_p=0.9),
    Settings(temperature=1.35, top_k=7),
    Settings(temperature=2.0, top_p=0.5),
    Settings(top_k=1),
    Settings(top_k=8_192, top_p=0.0),
    Settings(temperature=0.33, top_k=5_000, top_p=0.999),
)


def box(page: Page) -> str:
    return page.get_by_role("textbox", name="Your sentence").input_value()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    settle(page)


def set_controls(page: Page, settings: Settings) -> None:
    for name, value in (
        ("Temperature, exactly", settings.temperature),
        ("Top-k, exactly", settings.top_k),
        ("Top-p, exactly", settings.top_p),
    ):
        page.get_by_label(name).fill(f"{value:g}")


def shown(page: Page) -> dict[str, Any]:
    """Return the numbers on screen: per row the texts of its three bars, and the lines above and below."""
    return dict(
        page.evaluate(
            """() => {
              const roots = [...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean);
              const table = [document, ...roots].map((root) => root.querySelector('.bars table')).find(Boolean);
              const text = (row) => [...row.querySelectorAll('.amount')].map((cell) => cell.textContent);
              const rows = [...table.querySelectorAll('tbody tr')];
              return {
                ids: rows.map((row) => row.querySelector('.name')?.dataset.id).filter(Boolean).map(Number),
                rows: rows.filter((row) => row.querySelector('.name')).map(text),
                exact: rows.filter((row) => row.querySelector('.name')).map((row) =>
                  [...row.querySelectorAll('td')].map((cell) => cell.title.replace('probability ', ''))),
                rest: text(table.querySelector('.rest')),
                sums: [...table.querySelectorAll('.sum td')].map((cell) => cell.textContent),
                heads: [...table.querySelectorAll('thead small')].map((cell) => cell.textContent),
                cut: table.querySelector('.cut').hidden ? null : table.querySelector('.cut').textContent,
              };
            }"""
        )
    )


def percent(share: float) -> str:
    return "<0.01 %" if 0 < share < 0.00005 else f"{100 * share:.2f} %"


def expect_numbers(page: Page, chances: NextToken, n_shown: int) -> None:
    """Compare all that stands on screen with NumPy."""
    now, order, n_vocab = shown(page), chances.order, len(chances.own)
    assert now["ids"] == order[:n_shown].tolist()
    for place, token_id in enumerate(now["ids"]):
        kept = place < chances.n_kept
        values = [chances.own[token_id], chances.tempered[token_id], chances.filtered[token_id]]
        assert now["rows"][place] == [*map(percent, values[:2]), percent(values[2]) if kept else "dropped"]
        exact = now["exact"][place]
        np.testing.assert_allclose([float(each) for each in exact[: 2 + kept]], values[: 2 + kept], rtol=1e-12)
    rest = [float(each[order[n_shown:]].sum()) for each in (chances.own, chances.tempered, chances.filtered)]
    assert now["rest"] == [*map(percent, rest[:2]), percent(rest[2]) if chances.n_kept > n_shown else "dropped"]
    assert now["sums"] == ["100.00 %"] * 3
    assert now["heads"][0] == f"entropy {entropy_bits(chances.own):.2f} of {np.log2(n_vocab):.2f} bits"
    assert now["heads"][1].endswith(f"entropy {entropy_bits(chances.tempered):.2f} bits")
    kept_words = "all" if chances.n_kept == n_vocab else f"{chances.n_kept:,}"
    limit = f"{entropy_bits(chances.filtered):.2f} of {np.log2(chances.n_kept):.2f} bits"
    assert now["heads"][2] == f"{kept_words} kept · entropy {limit}"
    n_dropped = n_vocab - chances.n_kept
    if n_dropped:
        assert f"drops {n_dropped:,} token" in now["cut"]
        assert now["cut"].endswith(percent(chances.dropped))
    else:
        assert now["cut"] is None


def test_the_browser_s_numbers_are_numpy_s(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("next_token")
    assert house_trace.logits is not None
    for settings in SETTINGS:
        set_controls(page, settings)
        expect_numbers(page, next_token(house_trace.logits, settings), N_SHOWN)
    page.get_by_role("button", name=f"show {N_NAMED}").click()
    expect_numbers(page, next_token(house_trace.logits, SETTINGS[-1]), N_NAMED)


def test_a_slider_redraws_at_once_and_by_the_keyboard(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("next_token")
    assert house_trace.logits is not None
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")  # the server hears nothing
    slider = page.get_by_role("slider", name="Temperature")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect_numbers(page, next_token(house_trace.logits, Settings(temperature=0.7)), N_SHOWN)
    page.get_by_role("slider", name="Top-k").focus()
    page.keyboard.press("Home")
    expect_numbers(page, next_token(house_trace.logits, Settings(temperature=0.7, top_k=1)), N_SHOWN)
    page.keyboard.press("End")
    page.get_by_role("slider", name="Top-p").focus()
    page.keyboard.press("Home")
    expect_numbers(page, next_token(house_trace.logits, Settings(temperature=0.7, top_p=0.0)), N_SHOWN)


def test_a_number_that_cannot_be_is_marked_and_not_used(open_page: OpenPage, house_trace: Trace) -> None:
    page = open_page("next_token")
    assert house_trace.logits is not None
    for name, value in (("Temperature, exactly", "9"), ("Top-k, exactly", "1.5"), ("Top-p, exactly", "")):
        page.get_by_label(name).fill(value)
        expect(page.get_by_label(name)).to_have_attribute("aria-invalid", "true")
        expect_numbers(page, next_token(house_trace.logits, Settings()), N_SHOWN)
        page.get_by_label(name).blur()
        expect(page.get_by_label(name)).to_have_attribute("aria-invalid", "false")
    expect(page.get_by_label("Top-p, exactly")).to_have_value("1")


def test_settings_live_in_the_address_and_survive_page_change_back_and_reload(open_page: OpenPage) -> None:
    page = open_page("next_token")
    set_controls(page, Settings(temperature=0.65, top_k=33, top_p=0.8))
    page.wait_for_function(
        "['temperature=0.65', 'top_k=33', 'top_p=0.8'].every((each) => location.search.includes(each))"
    )

    def expect_settings() -> None:
        settle(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Next token")
        expect(page.get_by_label("Temperature, exactly")).to_have_value("0.65")
        expect(page.get_by_label("Top-k, exactly")).to_have_value("33")
        expect(page.get_by_label("Top-p, exactly")).to_have_value("0.8")

    def go_to(title: str) -> None:
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
        settle(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)

    page.reload()
    expect_settings()
    go_to("Tokens")
    assert "temperature" not in page.url
    page.go_back()
    expect_settings()
    go_to("Tokens")
    go_to("Next token")
    expect_settings()


def test_the_sentence_grows_by_the_likeliest_by_a_click_and_back(open_page: OpenPage) -> None:
    text = "Once upon a time there was a"
    page = open_page("next_token", text=text)
    logits = run("headlight-decoder", text).logits
    assert logits is not None
    press(page, "Add the likeliest")
    grown = box(page)
    assert grown.startswith(text)
    assert grown != text
    trace = run("headlight-decoder", grown)
    assert int(trace.stacks[0].ids[-1]) == int(logits.argmax())
    assert trace.logits is not None
    expect_numbers(page, next_token(trace.logits, Settings()), N_SHOWN)

    page.locator(".bars .name").nth(3).click()
    settle(page)
    again = run("headlight-decoder", box(page))
    assert int(again.stacks[0].ids[-1]) == int(np.argsort(-trace.logits, kind="stable")[3])
    press(page, "Take back")
    assert box(page) == grown
    press(page, "Take back")
    assert box(page) == text
    expect(page.get_by_role("button", name="Take back")).to_have_attribute("aria-disabled", "true")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Tokens").click()
    settle(page)
    assert box(page) == text


def test_the_same_seed_draws_the_same_tokens(open_page: OpenPage) -> None:
    texts = []
    for _ in range(2):
        page = open_page("next_token", text="Once upon a time there was a", seed="4711", top_p="0.9")
        for _ in range(3):
            press(page, "Draw one by lot")
        texts.append(box(page))
        expect(page.locator(".bars .note")).to_contain_text("Lot 3")
    assert texts[0] == texts[1]


def test_ten_are_drawn_one_by_one(open_page: OpenPage) -> None:
    page = open_page("next_token", text="Once upon a time there was a", seed="5", top_k="5")
    page.get_by_role("button", name="Draw 10").click()
    expect(page.get_by_role("button", name=re.compile("^Stop"))).to_be_visible()
    expect(page.locator(".bars .note")).to_contain_text("Lot 10", timeout=60_000)
    expect(page.get_by_role("button", name="Draw 10")).to_be_visible()
    page.wait_for_timeout(1_500)
    expect(page.locator(".bars .note")).to_contain_text("Lot 10")


def test_past_the_context_the_oldest_fall_out_visibly(open_page: OpenPage) -> None:
    page = open_page("next_token", text="The man went down to the river" + " and he sat there" * 65)
    fallen = page.locator(".strip.out small")
    before = int(fallen.inner_text().split()[0])
    page.locator(".bars .name").first.click()
    settle(page)
    expect(fallen).to_have_text(f"{before + 1} tokens fell out of view: the model reads the last 256 tokens only.")
    expect(page.locator(".chip.fallen s").last).to_be_visible()
    in_view = page.evaluate(
        "() => { const box = document.querySelector('.growing').getBoundingClientRect();"
        " const next = document.querySelector('.chip.next').getBoundingClientRect();"
        " return next.top >= box.top && next.bottom <= box.bottom + 1; }"
    )
    assert in_view, "the strip shows its end first"


@pytest.mark.parametrize("viewport", [(1280, 720)])
def test_controls_and_bars_stand_on_one_screen(open_page: OpenPage) -> None:
    page = open_page("next_token")
    for part in (".bars .knobs", ".bars .rest"):
        bottom = page.locator(part).bounding_box()
        assert bottom is not None
        assert bottom["y"] + bottom["height"] <= 720, part


@pytest.mark.parametrize("viewport", [(390, 844)])
def test_a_phone_needs_no_sideways_scrolling(open_page: OpenPage) -> None:
    page = open_page("next_token", text="unbelievable tokenization of café")
    widths = page.evaluate(
        "() => [document.querySelector('[data-testid=stMain]').scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1]
