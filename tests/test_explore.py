"""`headlight.explore`: the explorer of a trace as something that a notebook shows."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import headlight
from headlight.explorer import MODEL_GONE, explorer_page
from headlight.model.errors import NotShownError
from headlight.model.trace import Trace


class Frame(HTMLParser):
    """The attributes of the one element that a notebook is given."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def carried(page: str) -> bytes:
    """Return the bytes that a page carries; the headers in them are readable."""
    found = re.search(r"atob\('([^']+)'\)", page)
    assert found is not None
    return base64.b64decode(found[1])


@pytest.mark.parametrize("text", ["The book.", "\"'></iframe><script>alert(1)</script> &quot; ${x} `", "\u2028 😀"])
def test_a_notebook_gets_the_page_in_a_frame_and_nothing_else(text: str) -> None:
    explorer = headlight.explore(headlight.run("headlight-decoder", text))
    ((tag, attributes),) = Frame(explorer._repr_html_()).elements
    assert tag == "iframe"
    assert attributes["srcdoc"] == explorer.html


def test_it_says_what_it_is_where_no_html_is_shown(house_trace: Trace) -> None:
    shown = repr(headlight.explore(house_trace))
    assert "Explorer" in shown
    assert len(shown) < 200


def test_the_page_is_written_as_it_is_shown(house_trace: Trace, tmp_path: Path) -> None:
    explorer = headlight.explore(house_trace)
    explorer.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == explorer.html


def test_the_kind_says_which_of_three_attentions() -> None:
    trace = headlight.run("headlight-translator", "The cat sat.")
    for attention in trace.attentions:
        assert headlight.explore(trace, attention.kind).html == explorer_page(trace, attention)
    assert headlight.explore(trace).html == explorer_page(trace, trace.attentions[0])


def test_a_kind_that_the_model_has_not_is_said(house_trace: Trace) -> None:
    with pytest.raises(NotShownError, match="no attention of the kind “cross”, but: decoder"):
        headlight.explore(house_trace, "cross")
    with pytest.raises(NotShownError, match="This model has no attention"):
        headlight.explore(headlight.run("headlight-recurrent", "The book."))


def test_a_trace_whose_model_is_gone_is_explored_without_its_vectors(house_trace: Trace) -> None:
    model = house_trace.key.model
    for gone in (replace(model, name="somebody/gone"), replace(model, revision="sha256:000000000000")):
        trace = replace(house_trace, key=replace(house_trace.key, model=gone))
        page = carried(headlight.explore(trace).html)
        assert page.count(MODEL_GONE.encode()) == 2  # for the lengths of the values, and for the vectors
    assert MODEL_GONE.encode() not in carried(headlight.explore(house_trace).html)
