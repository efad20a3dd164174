"""Enter in a box for a sentence runs it, as it does in a box of one line, and what was open closes.

Streamlit's box of several lines takes Enter for a new line and Ctrl+Enter for "done". Here Shift+Enter is a new line.
"""

from pathlib import Path

SCRIPT = (Path(__file__).parent / "enter.js").read_text(encoding="utf-8")
