"""Whatever a token holds, it stays text in every place it is put."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlight.viz.escape import html_text, markdown_text, plotly_text, script_json

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "<svg/onload=alert(1)>",
    "&lt;b&gt;",
    "![x](http://192.0.2.1/x.png)",
    "[x](javascript:alert(1))",
    "%{customdata}",
    "$\\href{javascript:alert(1)}{x}$",
    ":red[x] :material/home: `code`",
    "<a href='x'>y</a>",
)


class Reader(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.text += "".join(value or "" for name, value in attrs if name == "title")
        assert [name for name, _ in attrs] in ([], ["title"])

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("escape", [html_text, plotly_text])
def test_text_comes_back_from_markup_as_it_went_in(escape, text: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    inside = read(f"<p>{escape(text)}</p>")
    assert (inside.tags, inside.text) == (["p"], text)
    in_attribute = read(f'<p title="{escape(text)}"></p>')
    assert (in_attribute.tags, in_attribute.text) == (["p"], text)


@pytest.mark.parametrize("text", HOSTILE)
def test_plotly_sees_no_template_and_no_math(text: str) -> None:
    assert "%{" not in plotly_text(text)
    assert "$" not in plotly_text(text)


@given(st.text())
def test_json_in_a_script_ends_no_script_and_comes_back(text: str) -> None:
    written = script_json({"text": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": text}


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json(float("nan"))


@pytest.mark.parametrize("text", HOSTILE)
def test_every_sign_of_markdown_stands_behind_a_backslash(text: str) -> None:
    escaped = markdown_text(text)
    bare = escaped.replace("\\\\", "")
    for sign in "`*_[]()!<$:&|~":
        assert bare.count(sign) == bare.count("\\" + sign)
    assert "\n" not in markdown_text("a\n# b")
