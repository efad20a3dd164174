"""Hostile text on every page of a real browser: no script runs, nothing is fetched, the text stays in the box."""

import pytest
from playwright.sync_api import expect

from headlight.pages.frame.registry import PAGES
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


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_no_payload_runs_on_a_page(open_page: OpenPage, path: str) -> None:
    for payload in (" ".join(PAYLOADS[i : i + 4]) for i in range(0, len(PAYLOADS), 4)):
        page = open_page(path, text=payload)
        expect(page.get_by_role("textbox", name="Your sentence")).to_have_value(payload)
        for canvas in page.locator(".heatmap figure > canvas").or_(page.locator(".explorer .map .over")).all()[:1]:
            canvas.hover(position={"x": 150, "y": 150})
        assert page.evaluate("window.__pwn") is None, payload


def test_forty_payloads_are_tried() -> None:
    assert len(set(PAYLOADS)) == 40


def test_a_payload_as_the_name_of_a_model_runs_nowhere(open_page: OpenPage) -> None:
    for payload in PAYLOADS[::7]:
        page = open_page("tokens", model=payload)
        expect(page.get_by_text("That is not the name of a model.")).to_be_visible()
        assert page.evaluate("window.__pwn") is None, payload
