"""What the explorer does with heads, in a real browser: combining, lines, finding, the microscope, taking away."""

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from headlight.model.questions import head_vectors, value_norms
from headlight.model.run import run
from headlight.model.science.attention import rollout
from headlight.model.trace import Trace
from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage
from tests.browser.explorer import COUNT_FRAMES, ask, button, centre_of_cell, explorer, head, read_cell, shown_values

UNIT = 0.001


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
    alone.locator(".explorer .map .over").first.click(position=centre_of_cell(alone, 5, 2))
    alone.get_by_role("tab", name="Microscope").click()
    alone.get_by_label("Stage", exact=True).fill("6")
    expect(alone.locator(".explorer .stage").nth(5)).to_contain_text("on the map")
    shown = microscope_weight(alone)
    assert shown == pytest.approx((weights[3, 4, 5, 2],) * 2, abs=UNIT)
    vectors = head_vectors(house_trace, house_trace.attentions[0], 3, 4)
    for name in ("query", "key", "value"):
        carried = np.array(ask(alone, f"[...app.parts[0].vectors.get('3.4').{name}]"), np.float32)
        np.testing.assert_array_equal(carried, getattr(vectors, name).reshape(-1))
    assert ask(alone, "app.parts[0].vectors.size") == 48
    alone.get_by_role("tab", name="Map").click()
    alone.locator(".explorer summary").first.click()
    alone.get_by_label("Show").select_option("norms")
    explorer(alone)
    norms = value_norms(house_trace, house_trace.attentions[0])[3, 4]
    lower = np.tri(len(norms), dtype=bool)
    assert np.abs(shown_as_array(alone) - weights[3, 4] * norms)[lower].max() <= 0.0006 * norms.max()
    assert errors == []
    context.close()


def microscope_weight(page: Page) -> tuple[float, float]:
    """Return the weight that the microscope ends at, and that on the map, which it says beside it."""
    said = page.locator(".explorer .stage").nth(5).inner_text()
    found = re.search(r"([\d.]+)\s*\(on the map: ([\d.]+)\)", said)
    assert found is not None, said
    return float(found[1]), float(found[2])


def test_a_saved_page_too_large_for_all_vectors_has_those_looked_into(open_page: OpenPage, tmp_path: Path) -> None:
    text = "word " * 200
    page = open_page("attention", text=text, layer="5", head="6")
    explorer(page)
    page.get_by_role("tab", name="Microscope").click()
    page.wait_for_selector(".explorer .stage")
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole explorer as one HTML file").click()
    saved = tmp_path / "large.html"
    download.value.save_as(saved)
    assert page.context.browser is not None
    context = page.context.browser.new_context(offline=True)
    alone = context.new_page()
    alone.goto(saved.as_uri())
    explorer(alone)
    kept = ask(alone, "[...app.parts[0].vectors.keys()]")
    assert 1 < len(kept) < 48
    others = [f"{layer}.{number}" for layer in range(6) for number in range(8)]
    others.remove("5.6")
    assert kept == ["5.6", *others[: len(kept) - 1]]
    head(alone, 5, 6)
    alone.get_by_role("tab", name="Microscope").click()
    alone.get_by_label("Stage", exact=True).fill("6")
    expect(alone.locator(".explorer .stage").nth(5)).to_contain_text("on the map")
    ends, on_map = microscope_weight(alone)
    assert ends == pytest.approx(on_map, abs=UNIT)
    head(alone, 5, 7)
    sentence = f"This file carries the query, key and value vectors of {len(kept)} of the 48 heads, and not of this one"
    expect(alone.get_by_text(sentence)).to_be_visible()
    context.close()
