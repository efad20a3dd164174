"""Bars of numbers beside what to compare them with, in HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from headlight.viz.escape import html_text
from headlight.viz.numbers import signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A share of a whole, and the share that chance alone would give; both 0 to 1."""

    name: str
    share: float
    chance: float


def against_chance(gauges: Sequence[Gauge]) -> str:
    """Return a bar for each share, with a mark where chance alone would end it."""
    lines = (
        f'<div class="gauge" role="listitem"><p>{html_text(gauge.name)}</p>'
        f'<span class="amount">{_percent(gauge.share)}</span>'
        f'<span class="track"><i style="width:{100 * gauge.share:.2f}%"></i>'
        f'<b style="left:{100 * gauge.chance:.2f}%"></b></span>'
        f"<small>chance: {_percent(gauge.chance)}</small></div>"
        for gauge in gauges
    )
    return f'<div class="gauges" role="list">{"".join(lines)}</div>'


def neighbours(labels: Sequence[str], cosines: Sequence[float], angles: Sequence[float], *, rest: str = "") -> str:
    """Return a bar for each cosine (below 0: none) with its angle in degrees; `rest` names the last row, if any.

    Raises ValueError when the lengths differ.
    """
    names = [*labels, rest] if rest else list(labels)
    rows = [
        (name, max(0.0, cosine), f"{signed(cosine, 2)} · {angle:.0f}°")
        for name, cosine, angle in zip(names, cosines, angles, strict=True)
    ]
    return share_bars(rows, with_rest=bool(rest), kind="near")


def share_bars(rows: Sequence[tuple[str, float, str]], *, with_rest: bool = False, kind: str = "") -> str:
    """Return a bar for each row: its name, its share from 0 to 1, and the amount to write at its end.

    `with_rest`: the last row stands for all that is not shown. `kind` is a class of the stylesheet.
    """
    lines = (
        f'<div class="share{f" {kind}" if kind else ""}{" rest" if with_rest and i == len(rows) - 1 else ""}" '
        f'role="listitem"><span class="name">{html_text(name)}</span>'
        f'<span class="track"><i style="width:{100 * share:.2f}%"></i></span>'
        f'<span class="amount">{html_text(amount)}</span></div>'
        for i, (name, share, amount) in enumerate(rows)
    )
    return f'<div class="shares" role="list">{"".join(lines)}</div>'


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
