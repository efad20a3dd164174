"""What a visitor sees from the first frame on: Headlight's name, what is being loaded, and the page.

Each test starts the app by itself, because the first visitor of a process sees what later ones do not.
"""

import re
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from headlight.pages.frame.registry import page_at
from tests.browser.chromium import HEAR, Watch, settle
from tests.browser.server import ROOT, Server, running_app

ADDRESSES: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {}),
    ("attention", {"text": "king queen", "model": "headlight-encoder"}),
)
EVERY_MS = 20

# Looks at the page from its first frame on, and keeps what differs from the last time.
LOOK = """(() => {
  const seen = window.seenFrames = [];
  const look = () => {
    if (!document.body) return;
    const outlines = [...document.querySelectorAll('[data-testid="stAppSkeleton"]')];
    const frame = {
      title: document.title,
      icon: document.querySelector('link[rel~="icon"]')?.href ?? '',
      text: document.body.innerText,
      opened: document.querySelector('h1') !== null,
      outline: outlines.some((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true })),
    };
    if (JSON.stringify(frame) !== JSON.stringify(seen.at(-1))) seen.push(frame);
  };
  const eachFrame = () => { look(); requestAnimationFrame(eachFrame); };
  eachFrame();
  setInterval(look, EVERY_MS);
})()""".replace("EVERY_MS", str(EVERY_MS))

LOADING = re.compile(r"Loading (the page|PyTorch|transformers|the model that ships with Headlight) …")
OF_A_MODEL = {
    f"{step} …"
    for step in (
        "Waiting for another model to load",
        "Checking the files",
        "Reading the tokenizer",
        "Loading the weights",
        "First forward pass",
    )
}
# A link that only who goes by keyboard sees, and the button that stops a page while it is drawn.
OF_EVERY_PAGE = {"Headlight", "Skip to main content", "Stop"}


class Frame(NamedTuple):
    """What there was at one moment."""

    title: str
    icon: str
    text: str
    opened: bool  # the page's title is drawn
    outline: bool  # Streamlit's grey outline of a page is seen

    def strange(self, page: str) -> list[str]:
        """Return the lines that are not Headlight's; `page` is the text of the page when all of it is there."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        known = {line.strip() for line in page.splitlines()} | OF_EVERY_PAGE | OF_A_MODEL
        lines = [line for line in lines if line not in known and not LOADING.fullmatch(line)]
        # What belongs on lines of its own may stand on one until the page has its style.
        return [line for line in lines if not (self.opened and squeezed(line) in squeezed(page))]


def squeezed(text: str) -> str:
    return "".join(text.split())


def frames_of_a_visit(browser: Browser, server: Server, path: str, query: dict[str, str]) -> tuple[list[Frame], Page]:
    """Open an address in a browser without a memory; return all that was seen, and the page when it is complete."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(HEAR)
    context.add_init_script(LOOK)
    watch = Watch()
    watch.over(context)
    page = context.new_page()
    page.goto(server.url(path, **query), wait_until="commit")
    page.get_by_test_id("stMain").get_by_text("Words on this page").wait_for(timeout=120_000)
    settle(page)
    watch.assert_clean()
    return [Frame(**each) for each in page.evaluate("window.seenFrames")], page


@pytest.fixture
def fresh_server(browser: Browser) -> Iterator[Server]:
    with running_app() as server:
        server.wait_until_healthy()
        yield server


@pytest.mark.parametrize(("path", "query"), ADDRESSES, ids=["root", "deep link"])
def test_from_the_first_frame_on_all_is_headlight(
    browser: Browser, fresh_server: Server, path: str, query: dict[str, str]
) -> None:
    for visitor in ("first", "second"):
        frames, page = frames_of_a_visit(browser, fresh_server, path, query)
        whole = page.evaluate("document.body.innerText")
        said = [squeezed(frame.text) for frame in frames]
        # It was looked at before anything of the page was there, and while something was being done.
        assert any(text == "HeadlightLoadingthepage…" for text in said), said
        assert any("Loadingtransformers…" in text for text in said) == (visitor == "first"), said
        assert {frame.title for frame in frames} == {"Headlight"}
        assert {frame.icon for frame in frames} == {fresh_server.url("favicon.png")}
        assert not any(frame.outline for frame in frames)
        strange = {line for frame in frames for line in frame.strange(whole)}
        assert not strange, f"the {visitor} visitor saw {strange}"
        # And it is what the address asks for.
        assert page.locator("h1").inner_text() == page_at(path).title
        if query:
            assert page.get_by_role("textbox", name="Your sentence").input_value() == query["text"]
            assert page.url.startswith(fresh_server.url(path, **query))
        page.context.close()


@pytest.mark.parametrize("path", ["", "attention", "attention?text=king", "no_such_page"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_document_bears_our_name(server: Server, path: str, method: str) -> None:
    copy = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT", "Accept-Encoding": "gzip"}
    request = urllib.request.Request(server.url() + path, method=method, headers=copy)
    with urllib.request.urlopen(request, timeout=10) as answer:
        body = answer.read()
        assert answer.status == 200  # and not 304: the copy may be that of another app
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "Content-Encoding" not in answer.headers
    if method == "HEAD":
        assert body == b""
        assert int(answer.headers["Content-Length"]) > 0
        return
    assert len(body) == int(answer.headers["Content-Length"])
    html = body.decode()
    assert "<title>Headlight</title>" in html
    seen = re.sub("<!--.*?-->|<style>.*?</style>|<script>.*?</script>|<[^>]*>", "", html, flags=re.DOTALL)
    without_scripts = "Headlight needs JavaScript, which is switched off in this browser."
    assert seen.split() == f"Headlight {without_scripts} HeadlightLoading the page …".split()


def test_the_icon_is_ours_and_other_answers_are_not_touched(server: Server) -> None:
    with urllib.request.urlopen(server.url("favicon.png"), timeout=10) as answer:
        assert answer.read() == (ROOT / "viz" / "icon.png").read_bytes()
    with urllib.request.urlopen(server.url("_stcore/health"), timeout=10) as answer:
        assert answer.read() == b"ok"


def test_without_the_server_the_first_frame_stands_and_the_reason_is_seen(browser: Browser, server: Server) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.route(re.compile("/_stcore/"), lambda route: route.abort())
    page.goto(server.url("tokens"))
    page.get_by_role("dialog").wait_for(timeout=60_000)
    assert page.get_by_text("Loading the page …").is_visible()
    page.context.close()


def test_without_javascript_the_page_says_what_it_needs(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url("tokens"))
    assert page.inner_text("body").strip() == "Headlight needs JavaScript, which is switched off in this browser."
    context.close()
