"""Line charts as SVG: the curves stretch with the page, the words keep their size, and the pointer reads the values.

Python packs names and numbers as JSON; `lines.js` draws them. A NaN leaves a gap.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.browser import joined
from headlight.viz.theme import LIGHT, variable

SCRIPT = joined("lines/lines.js")
STYLE = (Path(__file__).parent / "lines.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Line:
    """One curve. With `top` it is the area between y and top. Without a name it is in no legend and not read out."""

    x: Float[np.ndarray, " point"]
    y: Float[np.ndarray, " point"]
    name: str = ""
    series: int = 0  # which of the palette's series colours
    style: Literal["solid", "dashed", "dots"] = "solid"
    top: Float[np.ndarray, " point"] | None = None


def pack_lines(
    lines: Sequence[Line],
    *,
    x_name: str,
    note: str = "",
    y_name: str = "",
    low: float | None = None,
    high: float | None = None,
    height_rem: int = 12,
    digits: int = 3,
) -> bytes:
    """Pack a chart for the component. The pointer reads every named line at the nearest whole x.

    x counts things (positions, distances), so its ticks are whole. `low` and `high` are the ends of the y axis;
    None: the values' own, with 0 among them. `x_name` names the x axis and goes before a value's place when it is
    read out; `note` follows it under the axis.

    Raises ValueError when there are no lines or when a line's x, y and top differ in length.
    """
    if not lines:
        raise ValueError("there are no lines to draw")
    for line in lines:
        sizes = [len(each) for each in (line.x, line.y, line.top) if each is not None]
        if len(set(sizes)) > 1:
            raise ValueError(f"line {line.name!r} has x, y and top of {sizes} points")
    ys = np.concatenate([each for line in lines for each in (line.y, line.top) if each is not None])
    bottom = float(np.nanmin(ys, initial=0.0)) if low is None else low
    top = float(np.nanmax(ys, initial=0.0)) if high is None else high
    xs = np.concatenate([line.x for line in lines])
    x_ends, y_ends = _ends(float(xs.min()), float(xs.max())), _ends(bottom, top)
    chart = {
        "xName": x_name,
        "yName": y_name,
        "note": note,
        "height": height_rem,
        "digits": digits,
        "x": {"ends": x_ends, "ticks": ticks(*x_ends, most=9, least_step=1.0)},
        "y": {"ends": y_ends, "ticks": ticks(*y_ends, most=4)},
        "lines": [
            {
                "name": line.name,
                "style": line.style,
                "colour": variable("series", line.series % len(LIGHT.series)),
                "x": _plain(line.x),
                "y": _plain(line.y),
                "top": None if line.top is None else _plain(line.top),
            }
            for line in lines
        ],
    }
    return json.dumps(chart, allow_nan=False).encode()


def ticks(low: float, high: float, *, most: int, least_step: float = 0.0) -> list[float]:
    """Return round numbers between two ends, at steps of 1, 2 or 5 times a power of ten, `most` + 1 at most."""
    rough = max((high - low) / most, least_step)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    numbers = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return [float(f"{number * step:.10g}") + 0.0 for number in numbers]  # + 0.0: no −0


def _ends(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low, low + 1.0)


def _plain(values: Float[np.ndarray, " point"]) -> list[float | None]:
    return [float(f"{value:.7g}") if np.isfinite(value) else None for value in values]
