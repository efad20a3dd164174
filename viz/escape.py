"""Token text is data: the one function for each place it can go.

Nothing else in the app may put text that was typed, or came with a model, into markup.
"""

import html
import json
import re
from typing import Any

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:<&=^\"'])")


def html_text(text: str) -> str:
    """Escape for HTML or SVG text and quoted attributes."""
    return html.escape(text, quote=True)


def plotly_text(text: str) -> str:
    """Escape for Plotly labels and hover text, which read pseudo-HTML and `%{...}` templates."""
    return html.escape(text, quote=True).replace("%", "&#37;").replace("$", "&#36;")


def markdown_text(text: str) -> str:
    """Escape for Streamlit's Markdown, which also reads `$math$`, `:colour[...]` and `:icons:`. One line comes out."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def script_json(value: Any) -> str:
    """Write JSON that may stand inside a script element."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written
