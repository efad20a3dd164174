"""Where to put labels beside points so that they cover each other as little as possible."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

DISTANCES = (20.0, 40.0, 64.0, 92.0)  # pixels from the point
N_DIRECTIONS = 12


def placed(
    points: Float[np.ndarray, "point 2"],
    sizes: Float[np.ndarray, "point 2"],
    *,
    radius: int,
    room: tuple[float, float],
) -> Float[np.ndarray, "point 2"]:
    """Return the offset of each label's middle from its point, in the units of `points`; y grows downwards.

    One label after the other takes the nearest free place around its point, straight above it first; when none is
    free, the one that covers least. `sizes` are widths and heights, `radius` is that of a point's mark, and `room`
    is half the width and height of the picture, whose middle is (0, 0).
    """
    marks = np.concatenate([points - radius, points + radius], axis=1)  # left, top, right, bottom
    taken = np.concatenate([marks, np.zeros_like(marks)])  # the second half for the labels
    offsets = np.zeros((len(points), 2))
    for i, (point, size) in enumerate(zip(points, sizes, strict=True)):
        candidates = _candidates(size)  # (candidate, 2)
        middles = point + candidates
        boxes = np.concatenate([middles - size / 2, middles + size / 2], axis=1)  # (candidate, 4)
        outside = np.maximum(np.abs(middles) + size / 2 - room, 0).sum(axis=1) * size[1]
        chosen = int((_covered(boxes, taken[: len(points) + i]) + outside).argmin())
        offsets[i], taken[len(points) + i] = candidates[chosen], boxes[chosen]
    return offsets


def _candidates(size: Float[np.ndarray, "2"]) -> Float[np.ndarray, "candidate 2"]:
    """Return the offsets to try: straight up first, then to both sides in turn; near ones before far ones."""
    order = sorted(range(N_DIRECTIONS), key=lambda i: (min(i, N_DIRECTIONS - i), i))
    turns = 2 * np.pi * np.array(order) / N_DIRECTIONS
    directions = np.stack([np.sin(turns), -np.cos(turns)], axis=1)
    reach = np.array(DISTANCES)[:, None] + [size[0] / 2, 0.0]  # (distance, 2): to the side by half the width more
    candidates: np.ndarray = (reach[:, None] * directions).reshape(-1, 2)
    return candidates


def _covered(boxes: Float[np.ndarray, "candidate 4"], taken: Float[np.ndarray, "other 4"]) -> np.ndarray:
    """Return how much each box covers of those that are taken."""
    low = np.maximum(boxes[:, None, :2], taken[:, :2])
    high = np.minimum(boxes[:, None, 2:], taken[:, 2:])
    areas: np.ndarray = np.maximum(high - low, 0).prod(axis=2).sum(axis=1)
    return areas


def widths(labels: Sequence[str], font_size: int) -> Float[np.ndarray, " label"]:
    """Return about how wide labels are: letters half as wide as high, those of East Asia and pictures as high."""
    return np.array([sum(1.0 if ord(each) > 0x2E7F else 0.6 for each in label) for label in labels]) * font_size
