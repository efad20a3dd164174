"""Where to put labels beside points so that they cover each other as little as possible."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

DISTANCES = (22.0, 44.0, 70.0, 100.0)  # pixels from the point to the middle of the label's near edge
N_DIRECTIONS = 12


def placed(
    points: Float[np.ndarray, "point 2"],
    sizes: Float[np.ndarray, "point 2"],
    *,
    radius: float,
) -> Float[np.ndarray, "point 2"]:
    """Return the offset of each label's middle from its point, in the units of `points`; y grows downwards.

    One label after the other takes the nearest free place around its point, straight above it first; when none is
    free, the one that covers least. `sizes` are widths and heights, `radius` is that of a point's mark.
    """
    boxes: list[np.ndarray] = [
        np.concatenate([point - radius, point + radius]) for point in points
    ]  # left top right bottom
    offsets = np.zeros((len(points), 2))
    for i, (point, size) in enumerate(zip(points, sizes, strict=True)):
        least = np.inf
        for offset in _candidates(size):
            box = np.concatenate([point + offset - size / 2, point + offset + size / 2])
            covered = _overlap(box, np.array(boxes))
            if covered < least:
                least, offsets[i], best = covered, offset, box
            if covered == 0:
                break
        boxes.append(best)
    return offsets


def _candidates(size: Float[np.ndarray, "2"]) -> list[Float[np.ndarray, "2"]]:
    turns = 2 * np.pi * np.arange(N_DIRECTIONS) / N_DIRECTIONS
    # straight up first, then to both sides in turn
    order = sorted(range(N_DIRECTIONS), key=lambda i: (min(i, N_DIRECTIONS - i), i))
    directions = np.stack([np.sin(turns), -np.cos(turns)], axis=1)[order]
    return [direction * (distance + size / 2 - [0, size[1] / 2]) for distance in DISTANCES for direction in directions]


def _overlap(box: Float[np.ndarray, "4"], others: Float[np.ndarray, "other 4"]) -> float:
    widths = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    heights = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    return float((np.maximum(widths, 0) * np.maximum(heights, 0)).sum())


def widths(labels: Sequence[str], font_size: float) -> Float[np.ndarray, " label"]:
    """Return about how wide labels are: letters are half as wide as high, those of Chinese, Japanese and Korean as high."""
    return np.array([sum(1.0 if ord(each) > 0x2E7F else 0.56 for each in label) for label in labels]) * font_size
