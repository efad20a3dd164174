"""A pair of numbers as an arrow that turns from position to position, in HTML."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.escape import html_text
from headlight.viz.theme import variable

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
    degrees = np.degrees(np.arctan2(start[1], start[0]) + angles) % 360  # (position,), against the clock
    places = [place for place in range(min(most, len(angles))) if place != marked]
    arrows = "".join(f'<i style="--at:{degrees[place]:.2f}deg"></i>' for place in places)
    numbers = "".join(
        f'<span{" class=marked" if place == marked else ""} style="--at:{degrees[place]:.2f}deg">{place}</span>'
        for place in _readable([marked, *places], degrees)
    )
    return (
        f'<figure class="rotation" style="--role:{variable(role)}"><figcaption>{html_text(name)}</figcaption>'
        f'<div class="dial" role="img" aria-label="{html_text(name)}, turned at each position">{arrows}'
        f'<i class="marked" style="--at:{degrees[marked]:.2f}deg"></i>{numbers}</div></figure>'
    )


def _readable(places: Sequence[int], degrees: Float[np.ndarray, " position"]) -> list[int]:
    """Return the positions whose numbers have room on the rim, the first ones asked for first."""
    kept: list[int] = []
    for place in places:
        apart = degrees[kept] - degrees[place]
        if (np.abs((apart + 180) % 360 - 180) >= ROOM).all():
            kept.append(place)
    return kept
