"""Hostile text on every page of a real browser: no script runs, nothing is fetched, the text stays in the box."""

import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page, expect

from headlight.model.run import run
from headlight.pages.frame.registry import PAGES
from tests.browser.chromium import settle
from tests.browser.conftest import OpenPage

TRAP = "window.__pwn=1"
PAYLOADS = (
    f"<script>{TRAP}</script>",
    f"</script><script>{TRAP}</script>",
    f"</script><img src=x onerror={TRAP}>",
    f"<img src=x onerror={TRAP}>",
    f"<svg onload={TRAP}>",
    f"<svg><animate onbegin={TRAP} attributeName=x dur=1s>",
    f"<body onload={TRAP}>",
    f"<iframe srcdoc='<script>parent.{TRAP}</script>'>",
    f"<iframe src=javascript:{TRAP}>",
    f"<details open ontoggle={TRAP}>",
    f"<input autofocus onfocus={TRAP}>",
    f"<video><source onerror={TRAP}></video>",
    f"<math href=javascript:{TRAP}>x</math>",
    f"<a href=javascript:{TRAP}>x</a>",
    f"<object data=javascript:{TRAP}>",
    f"<embed src=javascript:{TRAP}>",
    f"<form action=javascript:{TRAP}><button autofocus>x",
    f"<style>@import 'http://192.0.2.1/x.css';</style><div style=background:url(http://192.0.2.1/x)>{TRAP}",
    "<link rel=stylesheet href=http://192.0.2.1/x.css>",
    "<meta http-equiv=refresh content='0;url=http://192.0.2.1/'>",
    "<base href=http://192.0.2.1/>",
    f'" onmouseover="{TRAP}" x="',
    f"' onmouseover='{TRAP}' x='",
    f'"><script>{TRAP}</script>',
    f"'><script>{TRAP}</script>",
    f"--><script>{TRAP}</script>",
    f"]]><script>{TRAP}</script>",
    f"</style><script>{TRAP}</script>",
    f"</title><script>{TRAP}</script>",
    f"</textarea><script>{TRAP}</script>",
    "![x](http://192.0.2.1/x.png)",
    f"[x](javascript:{TRAP})",
    f"$\\href{{javascript:{TRAP}}}{{x}}$",
    f"$$\\unicode{{x}}<script>{TRAP}</script>$$",
    "%{customdata} %{x} %{text}",
    f"{{{{constructor.constructor('{TRAP}')()}}}}",
    f"${{{TRAP}}}",
    f"`${{{TRAP}}}`",
    f"\\u003cscript\\u003e{TRAP}\\u003c/script\\u003e",
    f"&lt;script&gt;{TRAP}&lt;/script&gt;",
)


# All that a page has written, in components too. Of a token's card only its piece: the rest would stand in between.
WRITTEN = """() => {
  let text = '';
  const read = (node) => { for (const each of node.childNodes) {
    if (each.nodeType === Node.TEXT_NODE) text += each.data;
    else if (each.nodeType === Node.ELEMENT_NODE && !each.matches('style, script, .card :not(.piece)')) {
      if (each.shadowRoot) read(each.shadowRoot);
      read(each);
    }
  } };
  read(document.querySelector('[data-testid=stMain]') ?? document.body);
  return text;
}"""
SPACES = re.compile(r"[\s␣]")


def packs(model: str = "headlight-decoder") -> Iterator[list[str]]:
    """Yield all payloads, as many together as the model reads whole."""
    pack: list[str] = []
    for payload in PAYLOADS:
        if run(model, " ".join([*pack, payload])).cut is not None:
            yield pack
            pack = []
        pack.append(payload)
    yield pack


def expect_written(page: Page, payloads: Sequence[str]) -> None:
    """Expect that each payload stands on the page, as text, from its first character to its last."""
    page.wait_for_function(
        f"(payloads) => {{ const text = ({WRITTEN})().replace(/[\\s␣]/g, '');"
        " return payloads.every((each) => text.includes(each)); }",
        arg=[SPACES.sub("", each) for each in payloads],
    )


def enter(page: Page, text: str) -> None:
    """Type a text into the box of the sentence."""
    box = page.get_by_role("textbox", name="Your sentence")
    box.fill(text)
    box.press("Enter")
    settle(page)


def expect_nothing_ran(page: Page, payloads: Sequence[str]) -> None:
    """Point at the figure, and expect that no script ran and that the box still holds the text."""
    for canvas in page.locator(".heatmap figure > canvas").or_(page.locator(".explorer .map .over")).all()[:1]:
        canvas.hover(position={"x": 150, "y": 150})
    assert page.evaluate("window.__pwn") is None, payloads
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value(" ".join(payloads))


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_no_payload_runs_on_a_page(open_page: OpenPage, path: str) -> None:
    first, *others = packs()
    page = open_page(path, text=" ".join(first))
    expect_written(page, first)
    expect_nothing_ran(page, first)
    for payloads in others:
        enter(page, " ".join(payloads))
        expect_written(page, payloads)
        expect_nothing_ran(page, payloads)


def test_no_payload_runs_from_a_link(open_page: OpenPage) -> None:
    for payloads in packs():
        page = open_page("tokens", text=" ".join(payloads))
        expect_written(page, payloads)
        expect_nothing_ran(page, payloads)


def test_forty_payloads_are_tried() -> None:
    assert len(set(PAYLOADS)) == 40
    assert [payload for pack in packs() for payload in pack] == list(PAYLOADS)


def test_a_payload_that_ran_would_be_noticed(browser: Browser) -> None:
    page = browser.new_page()
    noticed = []
    for payload in PAYLOADS:
        if TRAP in payload:  # the others ask for something outside, which every test would notice
            page.set_content(f"<!doctype html>{payload}")
            noticed.append(page.evaluate("new Promise((done) => setTimeout(() => done(window.__pwn === 1), 20))"))
    page.close()
    assert sum(noticed) >= 15, "the traps snap where a page takes a text for HTML"


def test_a_payload_as_the_name_of_a_model_runs_nowhere(open_page: OpenPage) -> None:
    for payload in PAYLOADS[::7]:
        page = open_page("tokens", model=payload)
        expect(page.get_by_text("That is not the name of a model.")).to_be_visible()
        assert page.evaluate("window.__pwn") is None, payload
