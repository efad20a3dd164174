"""One palette: what figures use and what Streamlit's theme says are the same, and can be read; nobody has another."""

import re
import tomllib
from pathlib import Path

import pytest

from headlight.viz.theme import DARK, LIGHT, VARIABLES, Palette, palette, palettes, rgb, variable

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
VIZ = Path(__file__).parents[2] / "viz"


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


SOURCES = sorted(
    file
    for file in VIZ.rglob("*")
    if file.suffix in (".css", ".js", ".html", ".py")
    and "vendor" not in file.parts
    and file.name not in ("theme.py", "bertviz.py")  # BertViz draws black on white, as its authors do
)
A_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\((?=\d)(?!0,0,0,0\))")


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_figure_has_a_colour_of_its_own(file: Path) -> None:
    assert A_COLOUR.findall(file.read_text(encoding="utf-8")) == []


def test_a_colour_of_ones_own_would_be_found() -> None:
    for colour in ("color: #FFF;", "fill = '#a8480b'", "rgb(12, 30, 4)", "rgba(0,0,0,0.5)"):
        assert A_COLOUR.search(colour)
    for none in ("rgba(0,0,0,0)", "rgb(${parts})", "context.rgb(place)", 'selector: "#bertviz"'):
        assert not A_COLOUR.search(none)


def test_every_colour_that_css_asks_for_is_there() -> None:
    there = set(re.findall(r"^  (--headlight-[\w-]+): light-dark\(#[0-9A-F]{6}, #[0-9A-F]{6}\);$", VARIABLES, re.M))
    assert len(there) == VARIABLES.count(";")
    asked = {name for file in SOURCES for name in re.findall(r"var\((--headlight-[\w-]+)\)", file.read_text("utf-8"))}
    assert asked
    assert asked <= there
    assert {variable("series", place) for place in range(8)} <= {f"var({name})" for name in there}


def test_a_variable_holds_the_colour_of_both_themes() -> None:
    assert variable("on_accent") == "var(--headlight-on-accent)"
    assert f"  --headlight-on-accent: light-dark({LIGHT.on_accent}, {DARK.on_accent});\n" in VARIABLES
    assert f"  --headlight-tokens-5: light-dark({LIGHT.tokens[5]}, {DARK.tokens[5]});\n" in VARIABLES
    assert palettes("key", "weights") == {
        "light": {"key": LIGHT.key, "weights": LIGHT.weights},
        "dark": {"key": DARK.key, "weights": DARK.weights},
    }


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_can_be_read_on_the_grounds_that_carry_it(colours: Palette) -> None:
    for ground in (*colours.tokens, colours.card, colours.panel, colours.foreseen):
        assert contrast(colours.text, ground) >= 4.5, ground
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.wrong, colours.background) >= 4.5
