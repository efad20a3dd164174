"""The stylesheet of every page: the palette as custom properties, then the rules for what figures draw as HTML."""

from pathlib import Path

from headlight.viz.theme import VARIABLES

STYLE = VARIABLES + (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
