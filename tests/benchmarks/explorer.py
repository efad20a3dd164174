"""The attention explorer at its limits, 12 layers x 12 heads, beside BertViz drawing the same numbers."""

import statistics
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel

from headlight.model.admitting.catalog import BUNDLED
from headlight.model.run import run
from headlight.model.trace import Attention
from headlight.viz.bertviz import bertviz_html
from headlight.viz.explorer import Heads, explorer_html
from tests.benchmarks.first_page import Weight
from tests.benchmarks.report import Row
from tests.benchmarks.sentences import words
from tests.browser.chromium import chromium, find_chromium, settle
from tests.browser.explorer import APP, COUNT_FRAMES, TWO_FRAMES, explorer
from tests.browser.server import Server, running_app

N_LOADS = 7
N_HOVERS = 120
N_HEADS_OPENED = 30

# Does something to the page and returns the milliseconds until the frame after the explorer has painted it.
TIMED = """(act) => new Promise((done) => {
  const start = performance.now();
  const painted = app.root.dataset.painted;
  act();
  let frames = 0;
  const wait = () => {
    if (app.root.dataset.painted === painted) { frames += 1; requestAnimationFrame(wait); return; }
    requestAnimationFrame(() => done([performance.now() - start, frames]));
  };
  requestAnimationFrame(wait);
})"""

HOVERS = f"""async (count) => {{
  const app = {APP};
  const timed = {TIMED};
  const over = app.layout.map.over;
  const box = app.layout.map.box();
  const place = over.getBoundingClientRect();
  const times = [];
  for (let i = 0; i < count; i++) {{
    const row = (i * 37) % app.matrix.height;
    const column = (i * 61) % app.matrix.width;
    const at = {{ clientX: place.left + box.left + (column + 0.5) * box.cell,
                  clientY: place.top + box.top + (row + 0.5) * box.cell }};
    times.push(await timed(() => over.dispatchEvent(new PointerEvent('pointermove', {{ bubbles: true, ...at }}))));
  }}
  return times;
}}"""

SWITCHES = f"""async (count) => {{
  const app = {APP};
  const timed = {TIMED};
  const times = [];
  for (let i = 0; i < count; i++) times.push(await timed(() => app.layout.grid.buttons[(i * 29) % 144].click()));
  return times;
}}"""

# From the click on a head, with the microscope open, to the frame in which its numbers stand there.
MICROSCOPE = f"""async (count) => {{
  const app = {APP};
  const times = [];
  for (let i = 0; i < count; i++) {{
    const head = (i * 31 + 5) % 144;
    const name = `Layer ${{Math.floor(head / 12)}}, head ${{head % 12}}:`;
    const start = performance.now();
    app.layout.grid.buttons[head].click();
    await new Promise((done) => {{
      const look = () => {{
        const there = app.root.querySelector('.microscope h4').textContent.startsWith(name)
          && app.root.querySelector('.stage');
        if (there) done(); else requestAnimationFrame(look);
      }};
      look();
    }});
    times.push([performance.now() - start, 0]);
    await new Promise((done) => setTimeout(done, 50));
  }}
  return times;
}}"""

BERTVIZ_HOVERS = """async (count) => {
  const places = document.querySelectorAll('#vis svg > g > rect:last-child');
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    places[(i * 29) % places.length].dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    times.push([performance.now() - start, 0]);
  }
  return times;
}"""


def measure() -> Iterator[Row]:
    """Yield bytes, times and frames of the explorer, and BertViz's times on the same numbers in the same run."""
    path = find_chromium()
    if path is None:
        print("No Chromium found: the explorer was not measured.")
        return
    with tempfile.TemporaryDirectory() as folder, chromium(path) as browser:
        save_models(Path(folder))
        text = text_of(100)
        assert len(run(f"{folder}/decoder", text).stacks[0].tokens) == 100
        with running_app(HEADLIGHT_MODELS=folder) as server:
            server.wait_until_healthy()
            yield from on_the_wire(browser, server, text)
            yield from looking_around(browser, server, text)
            yield from long_text(browser, server)
        yield from beside_bertviz(browser, Path(folder), run(f"{folder}/decoder", text).attentions[0])


def save_models(folder: Path) -> None:
    """Save a decoder and an encoder with random weights, 12 layers x 12 heads of 64, whose heads are not flat."""
    tokenizer = AutoTokenizer.from_pretrained(BUNDLED / "headlight-decoder")
    torch.manual_seed(0)
    decoder = GPT2LMHeadModel(GPT2Config(vocab_size=8192, bos_token_id=0, eos_token_id=0))
    encoder = BertForMaskedLM(BertConfig(vocab_size=8192))
    with torch.no_grad():
        for name, weight in chain(decoder.named_parameters(), encoder.named_parameters()):
            if name.endswith(("c_attn.weight", "query.weight", "key.weight")):
                weight.mul_(8)  # scores of a spread of about 4, as trained heads have, and not of 0.1
    models: dict[str, Any] = {"decoder": decoder, "encoder": encoder}
    for name, model in models.items():
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)


def text_of(n_tokens: int) -> str:
    """Return a text of that many tokens of the bundled tokenizer, the one it puts in front included."""
    pool = words()[:150]
    return " " + " ".join(pool[(i * i + i // 3) % len(pool)] for i in range(n_tokens - 1))


def opened(browser: Browser, server: Server, model: str, text: str) -> tuple[Page, Weight]:
    """Open the Attention page on a text, and return it once it is painted and quiet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    weight = Weight(page)
    page.goto(server.url("attention", model=f"folder:{model}", text=text))
    settle(page)
    explorer(page)
    settle(page)
    return page, weight


def on_the_wire(browser: Browser, server: Server, text: str) -> Iterator[Row]:
    """Measure all that comes over the websocket for the Attention page, first with one token, then with 100."""
    for model, limit in (("decoder", 1.0), ("encoder", 2.0)):
        page, weight = opened(browser, server, model, text)
        kind = "causal" if model == "decoder" else "bidirectional"
        detail = "all websocket bytes of a first visit: scripts, every head, lengths of values, the rest of the page"
        yield Row(f"Attention page on the wire, 100 tokens, {kind}", weight.socket / 1e6, "MB", limit, detail)
        page.context.close()


def looking_around(browser: Browser, server: Server, text: str) -> Iterator[Row]:
    """Measure mounting, hovering, switching and the microscope in the app."""
    mounts = []
    for _ in range(N_LOADS):
        page, _ = opened(browser, server, "decoder", text)
        mounts.append(page.evaluate("performance.getEntriesByName('headlight: mounted to painted')[0].duration"))
        if len(mounts) < N_LOADS:
            page.context.close()
    detail = f"in the app, slowest of {N_LOADS} loads (median {statistics.median(mounts):.0f} ms), 100 tokens"
    yield Row("explorer, mounted to painted", max(mounts) / 1000, "s", 1.0, detail)
    page.evaluate(COUNT_FRAMES)
    yield from hover_rows(page, "100 tokens", 50)
    switches = page.evaluate(SWITCHES, 60)
    detail = f"most of 60 switches; median {statistics.median(each[0] for each in switches):.0f} ms to the frame after"
    yield Row("switching the head repaints within", max(each[1] for each in switches) + 1, "frames", 2, detail)
    page.locator(".explorer .chip").nth(3).click()
    page.locator(".explorer .chip").nth(5).click(modifiers=["Shift"])
    page.locator(".explorer summary").first.click()
    for show in ("mean", "max", "rollout", "norms", "head"):
        page.get_by_label("Show").select_option(show)
        page.evaluate(TWO_FRAMES)
    page.wait_for_timeout(500)
    detail = "120 hovers, 60 switches, pins, mean, maximum, rollout, value-weighted"
    yield Row("websocket frames sent while looking around", page.evaluate("window.sentFrames"), "frames", 0, detail)
    page.get_by_role("tab", name="Microscope").click()
    page.wait_for_selector(".explorer .stage")
    yield row_of("microscope, click to numbers, a new head each time", page.evaluate(MICROSCOPE, N_HEADS_OPENED), 150)
    page.context.close()


def hover_rows(page: Page, what: str, limit: float) -> Iterator[Row]:
    """Measure pointing at cells of the large map: all thumbnails, the map, the sentence and the line below follow."""
    times = page.evaluate(HOVERS, N_HOVERS)
    yield row_of(f"hover to repaint, {what}", times, limit)


def row_of(what: str, times: list[list[float]], limit: float | None) -> Row:
    """Return the 95th percentile of times as a row, the median beside it."""
    found = [each[0] for each in times]
    p95 = statistics.quantiles(found, n=20, method="inclusive")[-1]
    detail = f"p95 of {len(found)}; median {statistics.median(found):.0f} ms, slowest {max(found):.0f} ms"
    return Row(what, p95, "ms", limit, detail)


def long_text(browser: Browser, server: Server) -> Iterator[Row]:
    """Measure 256 tokens, whose heads are fetched one by one."""
    page, weight = opened(browser, server, "decoder", text_of(256))
    yield Row("Attention page on the wire, 256 tokens", weight.socket / 1e6, "MB", None, "pictures of 8 bits, one head")
    yield from hover_rows(page, "256 tokens", 100)
    page.context.close()


def beside_bertviz(browser: Browser, folder: Path, attention: Attention) -> Iterator[Row]:
    """Open both as files, from the start of the navigation to two frames after all is there."""
    tokens = attention.query_tokens
    heads = Heads(weights=attention.weights, queries=tokens, keys=tokens, causal=True)
    ours, theirs = folder / "ours.html", folder / "theirs.html"
    ours.write_text(explorer_html(heads), encoding="utf-8")
    theirs.write_text(bertviz_html(attention.weights, tokens, tokens, view="model"), encoding="utf-8")
    our_times = [opened_file(browser, ours, "p => app && app.root.dataset.painted")[0] for _ in range(N_LOADS)]
    their_time, page = opened_file(browser, theirs, "p => document.querySelectorAll('line').length >= 1440000")
    ours_s, theirs_s = statistics.median(our_times) / 1000, their_time / 1000
    sizes = f"{ours.stat().st_size / 1e6:.1f} MB / {theirs.stat().st_size / 1e6:.1f} MB"
    detail = (
        f"{ours_s:.2f} s / {theirs_s:.1f} s (median of {N_LOADS} / one), {sizes}; both opened as a file, 100 tokens"
    )
    yield Row("explorer / BertViz model view, opened to painted", ours_s / theirs_s, "", 0.05, detail)
    yield row_of("BertViz model view, click to repaint, 100 tokens", page.evaluate(BERTVIZ_HOVERS, 10), None)
    page.context.close()


def opened_file(browser: Browser, file: Path, there: str) -> tuple[float, Any]:
    """Open a file in a browser and return the milliseconds until it is painted, and the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    context.set_default_timeout(300_000)
    page = context.new_page()
    page.goto(file.as_uri())
    ready = there.removeprefix("p => ").replace("app", APP)
    time = page.evaluate(
        f"""() => new Promise((done) => {{
          const look = () => {{
            if (!({ready})) return setTimeout(look, 1);
            return requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
          }};
          look();
        }})"""
    )
    if file.name == "ours.html":
        context.close()
    return time, page
