"""The one palette: colours for light and dark, the same meaning on every page, safe for colour-blind readers.

The roles of query, key and value use the hues of Okabe and Ito (2008), which stay apart for all common kinds of
colour blindness. The scales run evenly in lightness, so they also read in grey.
"""

from dataclasses import dataclass

Ramp = tuple[tuple[float, str], ...]  # (place from 0 to 1, "#RRGGBB"), ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one theme, as "#RRGGBB"."""

    text: str
    muted: str
    background: str
    panel: str
    line: str
    accent: str
    query: str
    key: str
    value: str
    masked: str  # a cell the mask hides: not a value
    weights: Ramp  # 0 to 1
    difference: Ramp  # -1 to 1, drawn from 0 to 1 with the middle at 0.5
    series: tuple[str, ...]  # things without an order


LIGHT = Palette(
    text="#1B2233",
    muted="#5C6272",
    background="#FCFAF5",
    panel="#F3EEE2",
    line="#DCD3C0",
    accent="#A8480B",
    query="#0068A8",
    key="#B84E00",
    value="#007A5A",
    masked="#D3D4D8",
    weights=((0.0, "#FDF9EE"), (0.25, "#F8CF86"), (0.5, "#E5861F"), (0.75, "#A8480B"), (1.0, "#3D1402")),
    difference=((0.0, "#0A4A80"), (0.25, "#5B9BCB"), (0.5, "#F7F3E8"), (0.75, "#E49A4A"), (1.0, "#8A3A05")),
    series=("#0068A8", "#B84E00", "#007A5A", "#9A4B86", "#6B6300", "#3F4FA6", "#A3262F", "#4A6572"),
)
DARK = Palette(
    text="#F2EDE1",
    muted="#AEB4C4",
    background="#0F1420",
    panel="#1A2133",
    line="#35405A",
    accent="#FFB347",
    query="#6BBDF2",
    key="#FF9A57",
    value="#4FD0A6",
    masked="#434A5C",
    weights=((0.0, "#131A2A"), (0.25, "#5E3210"), (0.5, "#B9650F"), (0.75, "#F5A623"), (1.0, "#FFF4CF")),
    difference=((0.0, "#8FD0FF"), (0.25, "#2E6C9E"), (0.5, "#151B2A"), (0.75, "#A85A16"), (1.0, "#FFC680")),
    series=("#6BBDF2", "#FF9A57", "#4FD0A6", "#E39BD0", "#D8CF5B", "#9AA8FF", "#FF8A90", "#A9C4D0"),
)


def palette(theme: str | None) -> Palette:
    """Return the palette of a theme name; anything but "dark" is light."""
    return DARK if theme == "dark" else LIGHT


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the parts of "#RRGGBB", 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
