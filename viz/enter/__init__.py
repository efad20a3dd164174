"""Enter in a box for a sentence: it runs, as it does in a box of one line, although the box is as high as its text.

Streamlit's box of several lines takes Enter for a new line and Ctrl+Enter for "done". Here Shift+Enter is a new line.
"""

from pathlib import Path

SCRIPT = (Path(__file__).parent / "enter.js").read_text(encoding="utf-8")
