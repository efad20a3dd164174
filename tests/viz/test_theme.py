"""One palette: what figures use and what Streamlit's theme says are the same, and can be read."""

import tomllib
from pathlib import Path

import pytest

from headlight.viz.theme import DARK, LIGHT, Palette, palette, rgb

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [part / 255 for part in rgb(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("name", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_figures_and_theme_agree(name: str, colours: Palette) -> None:
    assert CONFIG[name]["textColor"] == colours.text
    assert CONFIG[name]["backgroundColor"] == colours.background
    assert CONFIG[name]["secondaryBackgroundColor"] == colours.panel
    assert CONFIG[name]["primaryColor"] == colours.accent
    assert CONFIG[name]["borderColor"] == colours.line


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_and_roles_can_be_read_on_the_background(colours: Palette) -> None:
    for colour in (colours.text, colours.muted, colours.accent, colours.query, colours.key, colours.value):
        assert contrast(colour, colours.background) >= 4.5, colour
    for colour in colours.series:
        assert contrast(colour, colours.background) >= 4.5, colour


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_scales_run_one_way_in_lightness(colours: Palette) -> None:
    steps = [luminance(colour) for _, colour in colours.weights]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert [place for place, _ in colours.weights] == [0, 0.25, 0.5, 0.75, 1]
    lower, upper = colours.difference[:3], colours.difference[2:]
    for half in (lower, upper):  # away from 0 in both directions
        steps = [luminance(colour) for _, colour in half]
        assert steps in (sorted(steps), sorted(steps, reverse=True))


def test_an_unknown_theme_is_light() -> None:
    assert palette(None) is LIGHT
    assert palette("dark") is DARK
