"""The one palette: colours for light and dark, the same meaning on every page, safe for colour-blind readers.

The roles of query, key and value use the hues of Okabe and Ito (2008), which stay apart for all common kinds of
colour blindness. The scales run evenly in lightness, so they also read in grey.

Every figure takes its colours from here: CSS and SVG by `VARIABLES`, a canvas by `palettes`, Plotly by `palette`. No
stylesheet and no script names a colour of its own.
"""

from dataclasses import dataclass, fields

Ramp = tuple[tuple[float, str], ...]  # (place from 0 to 1, "#RRGGBB"), ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one theme, as "#RRGGBB"."""

    text: str
    muted: str
    background: str
    panel: str
    card: str  # what stands out from the background
    picture: str  # the ground under a small picture
    line: str
    accent: str
    on_accent: str  # text on a ground of the accent
    wrong: str  # an input that does not hold
    query: str
    key: str
    value: str
    masked: str  # a cell the mask hides: not a value
    weights: Ramp  # 0 to 1
    difference: Ramp  # -1 to 1, drawn from 0 to 1 with the middle at 0.5
    series: tuple[str, ...]  # things without an order
    tokens: tuple[str, ...]  # the grounds of neighbouring tokens
    foreseen: str  # the ground of a token of probability 1
    track: str  # a bar's whole length
    bar: str  # the share of it
    rest: str  # the share of all that is not shown; zero lines; what fell out of view
    column: str  # of a histogram
    ink_on_light: str = "#1B1B1B"  # text on a cell of a scale
    ink_on_dark: str = "#FFFFFF"


LIGHT = Palette(
    text="#1B2233",
    muted="#5C6272",
    background="#FCFAF5",
    panel="#F3EEE2",
    card="#FFFFFF",
    picture="#FFFFFF",
    line="#DCD3C0",
    accent="#A8480B",
    on_accent="#FFFFFF",
    wrong="#A3262F",
    query="#0068A8",
    key="#B84E00",
    value="#007A5A",
    masked="#D3D4D8",
    weights=((0.0, "#FDF9EE"), (0.25, "#F8CF86"), (0.5, "#E5861F"), (0.75, "#A8480B"), (1.0, "#3D1402")),
    difference=((0.0, "#0A4A80"), (0.25, "#5B9BCB"), (0.5, "#F7F3E8"), (0.75, "#E49A4A"), (1.0, "#8A3A05")),
    series=("#0068A8", "#B84E00", "#007A5A", "#9A4B86", "#6B6300", "#3F4FA6", "#A3262F", "#4A6572"),
    tokens=("#CFE4F4", "#FBDDBF", "#CDEBDD", "#F0D8EA", "#EFE9B4", "#DADDF6"),
    foreseen="#F09A3E",
    track="#EAE3D3",
    bar="#C2610F",
    rest="#8A8F9B",
    column="#D39A5B",
)
DARK = Palette(
    text="#F2EDE1",
    muted="#AEB4C4",
    background="#0F1420",
    panel="#1A2133",
    card="#161C2C",
    picture="#0B0F19",
    line="#35405A",
    accent="#FFB347",
    on_accent="#0F1420",
    wrong="#FF8A90",
    query="#6BBDF2",
    key="#FF9A57",
    value="#4FD0A6",
    masked="#434A5C",
    weights=((0.0, "#131A2A"), (0.25, "#5E3210"), (0.5, "#B9650F"), (0.75, "#F5A623"), (1.0, "#FFF4CF")),
    difference=((0.0, "#8FD0FF"), (0.25, "#2E6C9E"), (0.5, "#151B2A"), (0.75, "#A85A16"), (1.0, "#FFC680")),
    series=("#6BBDF2", "#FF9A57", "#4FD0A6", "#E39BD0", "#D8CF5B", "#9AA8FF", "#FF8A90", "#A9C4D0"),
    tokens=("#1E4160", "#6A3714", "#17503F", "#5A2D50", "#4E4A10", "#333B72"),
    foreseen="#A3580D",
    track="#242D44",
    bar="#F5A623",
    rest="#6B7590",
    column="#8A6233",
)
# Of pictures that serve both themes, because their strength is in the alpha channel.
ABOVE_ZERO = "#E07B12"
BELOW_ZERO = "#2F86C9"
MASKED = "#8A8F9B"


def palette(theme: str | None) -> Palette:
    """Return the palette of a theme name; anything but "dark" is light."""
    return DARK if theme == "dark" else LIGHT


def palettes(*names: str) -> dict[str, dict[str, str | Ramp | tuple[str, ...]]]:
    """Return the colours of those names for both themes, as a component's canvas is sent them."""
    return {
        theme: {name: getattr(colours, name) for name in names} for theme, colours in (("light", LIGHT), ("dark", DARK))
    }


def variable(name: str, place: int | None = None) -> str:
    """Return a colour as CSS names it, for either theme; `place` of those that are several."""
    return f"var(--headlight-{name.replace('_', '-')}{'' if place is None else f'-{place}'})"


def _variables() -> str:
    """Return every colour that is no scale as a CSS custom property."""
    pairs: dict[str, tuple[str, str]] = {}
    for field in fields(Palette):
        light, dark = getattr(LIGHT, field.name), getattr(DARK, field.name)
        if isinstance(light, str):
            pairs[variable(field.name)] = (light, dark)
        elif isinstance(light[0], str):
            pairs |= {variable(field.name, place): pair for place, pair in enumerate(zip(light, dark, strict=True))}
    lines = (f"  {name[4:-1]}: light-dark({light}, {dark});\n" for name, (light, dark) in pairs.items())
    return f":root {{\n{''.join(lines)}}}\n"


VARIABLES = _variables()  # light-dark() is resolved where a colour is used, by the color-scheme that holds there


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the parts of "#RRGGBB", 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
