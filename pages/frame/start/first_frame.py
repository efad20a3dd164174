"""What is seen before there is a page: Headlight's name, and what is being done."""

from pathlib import Path

from headlight.viz.escape import html_text
from headlight.viz.theme import VARIABLES

STYLE = VARIABLES + Path(__file__).with_name("first_frame.css").read_text(encoding="utf-8")


def name_and_step(step: str) -> str:
    """Return the HTML that says what is being loaded."""
    return f'<div class="first-frame" role="status"><b>Headlight</b><span>Loading {html_text(step)} …</span></div>'
