"""A pair of numbers as an arrow that turns from position to position, in SVG."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from viz.escape import html_text
from viz.theme import DARK, LIGHT

RADIUS = 100
ROOM = 15  # degrees between two position numbers: nearer ones would touch


def rotation(
    start: Float[np.ndarray, "2"],
    angles: Float[np.ndarray, " position"],
    *,
    name: str,
    role: Literal["query", "key"],
    marked: int,
    most: int = 24,
) -> str:
    """Return the arrow of one pair at each position, the first `most` and the marked one; angles in radians.

    The circle is as wide as the arrow is long, so only its direction is drawn. Numbers on the rim are positions;
    where they would touch, some are left out, never the marked one. Raises ValueError when `marked` is no position.
    """
    if not 0 <= marked < len(angles):
        raise ValueError(f"position {marked} is marked, but there are {len(angles)}")
    directions = np.arctan2(start[1], start[0]) + angles  # (position,)
    places = [place for place in range(min(most, len(angles))) if place != marked]
    arrows = "".join(_arrow(directions[place], "other") for place in places) + _arrow(directions[marked], "marked")
    numbers = "".join(
        _number(directions[place], str(place), "marked" if place == marked else "")
        for place in _readable([marked, *places], directions)
    )
    colour = f"light-dark({getattr(LIGHT, role)}, {getattr(DARK, role)})"
    return (
        f'<figure class="rotation" style="--role:{colour}"><figcaption>{html_text(name)}</figcaption>'
        f'<svg viewBox="-150 -140 300 280" role="img" aria-label="{html_text(name)}, turned at each position">'
        f'<circle r="{RADIUS}"/><path class="axes" d="M-{RADIUS} 0H{RADIUS}M0 -{RADIUS}V{RADIUS}"/>'
        f"{arrows}{numbers}</svg></figure>"
    )


def _readable(places: Sequence[int], directions: Float[np.ndarray, " position"]) -> list[int]:
    """Return the positions whose numbers have room on the rim, the first ones asked for first."""
    kept: list[int] = []
    for place in places:
        apart = np.degrees(directions[kept] - directions[place])
        if (np.abs((apart + 180) % 360 - 180) >= ROOM).all():
            kept.append(place)
    return kept


def _arrow(direction: float, kind: str) -> str:
    x, y = RADIUS * np.cos(direction), -RADIUS * np.sin(direction)
    tip = "".join(
        f"L{x:.1f} {y:.1f}L{x - 11 * np.cos(direction + side):.1f} {y + 11 * np.sin(direction + side):.1f}"
        for side in (0.45, -0.45)
    )
    return f'<path class="{kind}" d="M0 0{tip}"/>'


def _number(direction: float, text: str, kind: str) -> str:
    x, y = 1.2 * RADIUS * np.cos(direction), -1.2 * RADIUS * np.sin(direction)
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{html_text(text)}</text>'
