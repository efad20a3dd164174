"""Line charts as SVG and HTML: the curves stretch with the page, the words beside them keep their size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from viz.escape import html_text
from viz.theme import DARK, LIGHT

SIDE = 1000  # of the drawing, in its own units; the browser stretches it


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Line:
    """One curve. With `top` it is the area between y and top. A NaN leaves a gap. No name: not in the legend."""

    x: Float[np.ndarray, " point"]
    y: Float[np.ndarray, " point"]
    name: str = ""
    series: int = 0  # which of the palette's series colours
    style: Literal["solid", "dashed", "dots"] = "solid"
    top: Float[np.ndarray, " point"] | None = None


def line_chart(
    lines: Sequence[Line],
    *,
    x_name: str,
    y_name: str = "",
    low: float | None = None,
    high: float | None = None,
    height_rem: float = 12.0,
) -> str:
    """Return a chart of lines, with ticks at round numbers; `low` and `high` are the ends of the y axis when given.

    Raises ValueError when there are no lines or when a line's x, y and top differ in length.
    """
    if not lines:
        raise ValueError("there are no lines to draw")
    for line in lines:
        sizes = [len(each) for each in (line.x, line.y, line.top) if each is not None]
        if len(set(sizes)) > 1:
            raise ValueError(f"line {line.name!r} has x, y and top of {sizes} points")
    ys = np.concatenate([each for line in lines for each in (line.y, line.top) if each is not None])
    low = float(np.nanmin(ys, initial=0.0)) if low is None else low
    high = float(np.nanmax(ys, initial=0.0)) if high is None else high
    y_range = (low, high) if high > low else (low, low + 1.0)
    xs = np.concatenate([line.x for line in lines])
    x_range = (float(xs.min()), float(xs.max()) if xs.max() > xs.min() else float(xs.min()) + 1.0)
    grid = "".join(
        f'<path class="grid{" zero" if tick == 0 else ""}" d="M0 {_down(tick, y_range):.1f}H{SIDE}"/>'
        for tick in ticks(*y_range, most=5)
    )
    names = ", ".join(line.name for line in lines if line.name)
    spoken = html_text(f"{y_name or names} by {x_name}")
    return (
        f'<figure class="lines" style="--height:{height_rem:g}rem">{_legend(lines, y_name)}'
        f'<div class="plot"><div class="ys">{_labels(ticks(*y_range, most=5), y_range, side="bottom")}</div>'
        f'<svg viewBox="0 0 {SIDE} {SIDE}" preserveAspectRatio="none" role="img" aria-label="{spoken}">{grid}'
        f"{''.join(_drawn(line, x_range, y_range) for line in lines)}</svg>"
        f'<div class="xs">{_labels(ticks(*x_range, most=9), x_range, side="left")}</div></div>'
        f'<div class="below">{html_text(x_name)}</div></figure>'
    )


def ticks(low: float, high: float, *, most: int) -> list[float]:
    """Return round numbers between two ends, at steps of 1, 2 or 5 times a power of ten, `most` + 1 at most."""
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    numbers = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return [float(f"{number * step:.10g}") for number in numbers]


def colour(series: int) -> str:
    """Return a series colour as CSS that follows the theme."""
    return f"light-dark({LIGHT.series[series % len(LIGHT.series)]}, {DARK.series[series % len(DARK.series)]})"


def _down(y: float, y_range: tuple[float, float]) -> float:
    return SIDE * (1 - (y - y_range[0]) / (y_range[1] - y_range[0]))


def _drawn(line: Line, x_range: tuple[float, float], y_range: tuple[float, float]) -> str:
    across = SIDE * (line.x - x_range[0]) / (x_range[1] - x_range[0])
    down = [_down(float(y), y_range) for y in line.y]
    style = f'style="--line:{colour(line.series)}"'
    if line.top is not None:
        edge = [_down(float(y), y_range) for y in line.top]
        points = [*zip(across, down, strict=True), *reversed(list(zip(across, edge, strict=True)))]
        kept = " ".join(f"{x:.1f},{y:.1f}" for x, y in points if np.isfinite(y))
        return f'<polygon class="area" {style} points="{kept}"/>'
    path, pen = [], False
    for x, y in zip(across, down, strict=True):
        if not np.isfinite(y):
            pen = False
        elif line.style == "dots":
            path.append(f"M{x:.1f} {y:.1f}h0")
        else:
            path.append(f"{'L' if pen else 'M'}{x:.1f} {y:.1f}")
            pen = True
    return f'<path class="{line.style}" {style} d="{"".join(path)}"/>'


def _labels(numbers: Sequence[float], ends: tuple[float, float], *, side: str) -> str:
    return "".join(
        f'<span style="{side}:{100 * (number - ends[0]) / (ends[1] - ends[0]):.2f}%">{_written(number)}</span>'
        for number in numbers
    )


def _written(number: float) -> str:
    return f"{number:,.10g}".replace("-", "−")


def _legend(lines: Sequence[Line], y_name: str) -> str:
    entries = "".join(
        f'<span class="entry"><i class="{"area" if line.top is not None else line.style}" '
        f'style="--line:{colour(line.series)}"></i>{html_text(line.name)}</span>'
        for line in lines
        if line.name
    )
    above = f'<span class="above">{html_text(y_name)}</span>' if y_name else ""
    return f"<figcaption>{above}{entries}</figcaption>" if above or entries else ""
