"""The explorer on every kind of attention, on long texts, and with heads that are fetched one by one."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from headlight.model.run import run
from headlight.model.science.attention import rollout
from headlight.viz import bertviz
from headlight.viz.explorer import MOST_TOKENS, explorer_html, pack_vectors
from tests.browser.chromium import Watch, settle
from tests.browser.explorer import APP, COUNT_FRAMES, ask, explorer, read_cell, shown_values
from tests.browser.server import Server
from tests.browser.test_hostile import PAYLOADS

TARGET = "The queen read the book"


def opened(page: Page, server: Server, **query: str) -> Page:
    page.goto(server.url("attention", **query))
    settle(page)
    explorer(page)
    return page


@pytest.mark.parametrize(
    ("kind", "attention"),
    [
        ("bert", None),
        ("mistral", None),
        ("bloom", None),
        ("gpt_oss", None),
        ("gpt_neox", None),
        ("llama", None),
        *((kind, attention) for kind in ("t5", "marian") for attention in ("encoder", "decoder", "cross")),
    ],
)
def test_every_kind_of_attention_is_shown(
    page: Page, server: Server, models: Path, kind: str, attention: str | None
) -> None:
    text = "The teacher taught the students"
    pair = attention is not None
    trace = run(str(models / kind), text, TARGET if pair else None)
    exact = next(each for each in trace.attentions if attention in (None, each.kind))
    query = {"text": text, "model": f"folder:{kind}", "layer": "1", "head": "2"}
    opened(page, server, **query, **({"target": TARGET, "kind": str(attention)} if pair else {}))
    values = shown_values(page)
    assert (len(values), len(values[0])) == exact.weights.shape[2:]
    for row, cells in enumerate(values):
        for column, cell in enumerate(cells):
            if cell is None:
                assert exact.weights[1, 2, row, column] == 0
            else:
                assert abs(cell - exact.weights[1, 2, row, column]) <= 0.0005 + 1e-6
    sums = np.array(ask(page, "[...app.parts[0].sums]")).reshape(exact.weights.shape[:3])
    assert np.abs(sums / 1000 - exact.weights.sum(axis=-1)).max() <= 0.0005 + 1e-5
    chips = page.locator(".explorer .chip")
    expect(chips).to_have_count(len(exact.query_tokens) + (len(exact.key_tokens) if attention == "cross" else 0))
    chips.nth(2).hover()
    page.get_by_role("tab", name="Lines").click()
    page.get_by_role("tab", name="Head finder").click()
    page.get_by_role("tab", name="Microscope").click()
    if kind in ("gpt_oss", "gpt_neox"):
        expect(page.get_by_text("it cannot show the query, key and value vectors").first).to_be_visible()
        return
    page.wait_for_selector(".explorer .stage")
    page.get_by_label("Stage", exact=True).fill("6")
    said = page.locator(".explorer .stage").nth(5).inner_text()
    found = re.search(r"([\d.]+)\s*\(on the map: ([\d.]+)\)", said)
    assert found is not None, said
    assert abs(float(found[1]) - float(found[2])) <= 0.001
    if kind in ("t5", "bloom") and attention != "cross":
        expect(page.locator(".explorer .stage").nth(3)).to_contain_text("adds a number")
    if kind == "llama":
        expect(page.locator(".explorer .stage").nth(3)).to_contain_text("turned")


def test_cross_attention_has_no_rollout_and_two_strips(page: Page, server: Server) -> None:
    opened(page, server, text="The man sat", model="folder:marian", target=TARGET, kind="cross")
    assert page.get_by_label("Show").locator("option").evaluate_all("(all) => all.map((each) => each.value)") == [
        "head", "mean", "max", "norms",
    ]  # fmt: skip
    expect(page.get_by_text("Reads (query)")).to_be_visible()
    page.locator(".explorer .strip").nth(1).locator(".chip").nth(1).click()
    assert ask(page, "JSON.stringify(app.state.pins)") == "[[null,1]]"
    assert "pins=x.1" in page.url


def test_another_kind_of_attention_keeps_the_head_and_drops_what_does_not_fit(page: Page, server: Server) -> None:
    opened(
        page,
        server,
        text="The man sat on the bank",
        model="folder:t5",
        target="The man",
        layer="2",
        pins="5.4_1.0",
    )
    page.get_by_text("Decoder reads itself").click()
    settle(page)
    page.wait_for_function(APP + "?.parts[0].causal")
    assert ask(page, "app.state.layer") == 1, "the decoder has two layers"
    assert ask(
        page, "app.state.pins.every(([row, column]) => row < app.parts[0].height && column < app.parts[0].width)"
    )
    assert ask(page, "app.state.pins.length") >= 1


@pytest.mark.parametrize("look", ["head", "model"])
def test_no_payload_runs_in_bertviz(page: Page, server: Server, look: bertviz.View) -> None:
    page.goto(server.url("attention", look=look, text=PAYLOADS[2]))
    settle(page)
    expect(page.frame_locator("iframe").locator("line").first).to_be_attached()
    assert [frame.evaluate("window.__pwn") for frame in page.frames] == [None] * len(page.frames)

    # It draws few tokens of a text. Here each payload is one token.
    weights = np.tri(len(PAYLOADS), dtype=np.float32)[None, None] / len(PAYLOADS)
    document = html.escape(bertviz.bertviz_html(weights, PAYLOADS, PAYLOADS, view=look))
    page.set_content(f'<iframe srcdoc="{document}" width="1000" height="1200"></iframe>')
    drawn = page.frame_locator("iframe")
    if look == "model":
        drawn.locator("svg svg, svg g, svg rect").first.click()  # a picture is opened, and shows its tokens
    expect(drawn.locator("line").first).to_be_attached()
    for payload in PAYLOADS:
        expect(drawn.get_by_text(payload, exact=True).first).to_be_attached()
    assert [frame.evaluate("window.__pwn") for frame in page.frames] == [None, None]


def test_no_payload_runs_in_a_saved_page(page: Page, tmp_path: Path) -> None:
    assert page.context.browser is not None
    alone = page.context.browser.new_context(offline=True).new_page()
    errors: list[str] = []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    tokens = list(PAYLOADS)  # bare arrays and strings, as a notebook gives them: no scores, no words, no marks
    weights = np.tri(len(tokens), dtype=np.float32)[None, None]
    saved = tmp_path / "hostile.html"
    saved.write_text(explorer_html(weights / weights.sum(axis=-1, keepdims=True), tokens), encoding="utf-8")
    alone.goto(saved.as_uri())
    explorer(alone)
    for view in ("Lines", "Head finder", "Map"):
        alone.get_by_role("tab", name=view).click()
    alone.get_by_text("The row as a table").click()
    alone.locator(".explorer .chip").nth(3).click()
    assert alone.evaluate("window.__pwn") is None
    assert errors == []
    assert alone.locator(".explorer img, .explorer iframe, .explorer script").count() == 0
    alone.context.close()


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """Return a page of a browser that has no network."""
    context = browser.new_context(offline=True)
    yield context.new_page()
    context.close()


def save_and_open(page: Page, alone: Page, folder: Path) -> None:
    """Take the explorer away as a file and open it without a network."""
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole explorer as one HTML file").click()
    saved = folder / "saved.html"
    download.value.save_as(saved)
    alone.goto(saved.as_uri())
    explorer(alone)


@pytest.mark.parametrize("attention", ["encoder", "cross"])
def test_a_saved_page_has_the_microscope_of_a_pair_of_stacks(
    page: Page, alone: Page, server: Server, tmp_path: Path, attention: str
) -> None:
    opened(page, server, text="The teacher taught", model="folder:t5", target=TARGET, kind=attention)
    save_and_open(page, alone, tmp_path)
    alone.get_by_role("button", name=re.compile("^Layer 1, head 2")).click()
    alone.get_by_role("tab", name="Microscope").click()
    alone.get_by_label("Stage", exact=True).fill("6")
    said = alone.locator(".explorer .stage").nth(5)
    expect(said).to_contain_text("on the map")
    found = re.search(r"([\d.]+)\s*\(on the map: ([\d.]+)\)", said.inner_text())
    assert found is not None
    assert abs(float(found[1]) - float(found[2])) <= 0.001
    if attention == "encoder":
        expect(alone.locator(".explorer .stage").nth(3)).to_contain_text("adds a number")


def test_a_saved_page_says_what_the_model_does_not_show(
    page: Page, alone: Page, server: Server, tmp_path: Path
) -> None:
    opened(page, server, text="The teacher taught", model="folder:gpt_neox")
    save_and_open(page, alone, tmp_path)
    alone.get_by_role("tab", name="Microscope").click()
    expect(alone.get_by_text("it cannot show the query, key and value vectors").first).to_be_visible()


def test_a_notebooks_page_has_the_vectors_it_was_given(alone: Page, tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    query, key, value = (rng.normal(size=(5, 3)).astype(np.float32) for _ in range(3))
    scores = np.where(np.tri(5, dtype=bool), query @ key.T * 0.7, -np.inf)
    weights = (np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)).astype(np.float32)
    given = pack_vectors(0, 1, query, key, value, scale=0.7)
    saved = tmp_path / "notebook.html"
    saved.write_text(explorer_html(np.stack([weights, weights])[None], list("abcde"), answers=[given]), "utf-8")
    alone.goto(saved.as_uri())
    explorer(alone)
    alone.get_by_role("tab", name="Microscope").click()
    expect(alone.get_by_text("of 1 of the 2 heads, and not of this one")).to_be_visible()
    alone.get_by_role("button", name="Layer 0, head 1").click()
    alone.get_by_label("Stage", exact=True).fill("6")
    expect(alone.locator(".explorer .stage").nth(5)).to_contain_text(f"(on the map: {weights[4, 3]:.3f})")
    saved.write_text(explorer_html(weights[None, None], list("abcde")), "utf-8")
    alone.goto(saved.as_uri())
    explorer(alone)
    alone.get_by_role("tab", name="Microscope").click()
    expect(alone.get_by_text("this file carries no query, key and value vectors")).to_be_visible()


def test_the_page_works_in_a_notebooks_frame(page: Page) -> None:
    weights = np.tri(5, dtype=np.float32)[None, None].repeat(3, axis=1)
    inner = explorer_html(weights / weights.sum(axis=-1, keepdims=True), list("abcde"))
    page.set_content(f'<iframe srcdoc="{html.escape(inner)}" width="900" height="900"></iframe>')
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Layer 0, head 2").click()
    expect(frame.locator("figcaption").first).to_have_text("Layer 0, head 2")
    frame.locator(".chip").nth(3).click()
    expect(frame.locator(".readout.pinned")).to_contain_text("“d” reads most: “a” 0.250")


def test_above_the_most_tokens_the_page_says_how_many_it_draws(alone: Page, tmp_path: Path) -> None:
    n_tokens = MOST_TOKENS + 5
    weights = np.tri(n_tokens, dtype=np.float32)[None, None]
    saved = tmp_path / "long.html"
    saved.write_text(
        explorer_html(weights / weights.sum(axis=-1, keepdims=True), [f"t{i}" for i in range(n_tokens)]), "utf-8"
    )
    alone.goto(saved.as_uri())
    explorer(alone)
    sentence = "Only the first 256 tokens are drawn; 5 more are left out, because more would not stay fast."
    expect(alone.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(alone.locator(".explorer .chip")).to_have_count(MOST_TOKENS)
    expect(alone.locator(".explorer .chip").last).to_contain_text("t255")
    values = shown_values(alone)
    assert (len(values), len(values[0])) == (MOST_TOKENS, MOST_TOKENS)
    assert values[255][0] == pytest.approx(1 / 256, abs=0.0005)


LONG = "word " * 300
EXACT = 0.0005 + 1e-6


def test_a_head_of_a_long_text_is_fetched_once_and_exact(page: Page, server: Server) -> None:
    opened(page, server, text=LONG, layer="2", head="7")
    trace = run("headlight-decoder", LONG)
    weights = trace.attentions[0].weights
    n_tokens = weights.shape[2]
    assert n_tokens > 128
    assert ask(page, "app.parts[0].exact") is False
    lower = np.tri(n_tokens, dtype=bool)

    def shown() -> np.ndarray:
        return np.array([[np.nan if cell is None else cell for cell in row] for row in shown_values(page)])

    assert np.abs(shown() - weights[2, 7])[lower].max() <= EXACT
    settle(page)
    page.evaluate(COUNT_FRAMES)
    page.get_by_role("button", name=re.compile("^Layer 3, head 4")).click()
    explorer(page)
    settle(page)
    assert page.evaluate("window.sentFrames") == 1
    assert np.abs(shown() - weights[3, 4])[lower].max() <= EXACT
    page.get_by_role("button", name=re.compile("^Layer 2, head 7")).click()
    assert np.abs(shown() - weights[2, 7])[lower].max() <= EXACT
    page.locator(".explorer .chip").nth(100).hover()
    page.locator(".explorer .chip").nth(100).click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.sentFrames") == 1
    page.locator(".explorer summary").first.click()
    for show, expected in (("mean", weights[2].mean(axis=0)), ("rollout", rollout(weights)[2])):
        page.get_by_label("Show").select_option(show)
        explorer(page)
        assert np.abs(shown() - expected)[lower].max() <= EXACT


def test_the_saved_page_of_a_long_text_holds_every_head(page: Page, server: Server, tmp_path: Path) -> None:
    opened(page, server, text=LONG)
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole explorer as one HTML file").click()
    saved = tmp_path / "long.html"
    download.value.save_as(saved)
    assert page.context.browser is not None
    alone = page.context.browser.new_context(offline=True).new_page()
    alone.goto(saved.as_uri())
    explorer(alone)
    weights = run("headlight-decoder", LONG).attentions[0].weights
    got = ask(
        alone, "[1, 3].map((row) => app.parts[0].ints[(row * 8 + 4) * app.parts[0].height * app.parts[0].width + 3])"
    )
    assert got == [round(1000 * float(weights[row, 4, 0, 3])) for row in (1, 3)]
    assert ask(alone, "app.parts[0].exact") is True
    alone.context.close()


def test_a_request_that_makes_no_sense_is_answered_with_a_sentence(page: Page, server: Server, watch: Watch) -> None:
    opened(page, server)
    key = ask(page, "app.parts[0].key")
    for request in (
        {"key": key, "what": "vectors", "layer": 99, "head": 0},
        {"key": key, "what": "vectors", "layer": "<script>", "head": None},
        {"key": key, "what": "matrix", "show": "mean", "heads": [[99, 0]], "name": "x"},
        {"key": key, "what": "matrix", "show": "nonsense", "heads": [[0, 0]], "name": "x"},
        {"key": "stranger", "what": "norms"},
        {"what": "nothing"},
    ):
        page.evaluate(
            "(request) => { (globalThis.headlightAsks ??= []).push(request);"
            " document.dispatchEvent(new CustomEvent('headlight-ask')); }",
            request,
        )
        settle(page)
        page.wait_for_timeout(200)
        assert page.locator('[data-testid="stException"]').count() == 0, request
    assert read_cell(page, 2, 1).startswith("Layer 0, head 0")


@pytest.mark.parametrize("look", ["head", "model"])
def test_bertviz_draws_offline(page: Page, server: Server, look: str) -> None:
    page.goto(server.url("attention", look=look))
    settle(page)
    frame = page.frame_locator("iframe")
    lines = frame.locator("line")
    expect(lines.first).to_be_attached()
    assert lines.count() == (8 if look == "head" else 48) * 9 * 9
    page.goto(server.url("attention", look=look, text="word " * 80))
    settle(page)
    expect(page.get_by_text(re.compile(r"it gets the first \d+ of \d+ tokens"))).to_be_visible()
