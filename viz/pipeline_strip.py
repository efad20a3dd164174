"""The small pictures of the pipeline strip, in HTML: each made of this sentence's own numbers."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from headlight.viz.chips import valued_chip
from headlight.viz.escape import html_text
from headlight.viz.gauges import share_bars
from headlight.viz.numbers import signed
from headlight.viz.png import data_uri, picture


def stage(number: int, title: str, body: str, note: str) -> str:
    """Return one stage: its number and title, its picture (HTML from this module) and one line of plain text."""
    return (
        f'<div class="stage"><h3><b>{number}</b>{html_text(title)}</h3>'
        f'<div class="body">{body}</div><p>{html_text(note)}</p></div>'
    )


def quoted(text: str) -> str:
    """Return the sentence as it was typed."""
    return f'<blockquote dir="auto">{html_text(text)}</blockquote>'


def numbered_chips(labels: Sequence[str], ids: Sequence[int], special: Sequence[bool], *, most: int) -> str:
    """Return the first `most` tokens with their IDs under them, and how many more there are."""
    chips = [
        valued_chip(label, str(token_id), special=added, hue=position)
        for position, (label, token_id, added) in enumerate(zip(labels, ids, special, strict=True))
    ]
    more = f"<small>and {len(chips) - most} more</small>" if len(chips) > most else ""
    return f'<div class="strip" role="list">{"".join(chips[:most])}{more}</div>'


def vectors(values: Float[np.ndarray, "token dimension"], name: str, *, most: float) -> str:
    """Return a picture of vectors, a row each: orange above 0, blue below, full colour at +-`most`."""
    source = data_uri(picture(values, most=most))
    words = html_text(f"{name}: {values.shape[0]} rows of {values.shape[1]} numbers")
    return (
        f'<figure class="vectors"><figcaption>{html_text(name)}</figcaption><img src="{source}" alt="{words}"></figure>'
    )


def maps(weights: Float[np.ndarray, "layer query key"], names: Sequence[str], *, heading: str = "") -> str:
    """Return one small map a layer, under a heading; NaN is hidden by the mask.

    Raises ValueError when the lengths differ.
    """
    pictures = (
        f'<figure><img src="{data_uri(picture(each, most=1.0))}" alt="{html_text(f"attention of layer {name}")}">'
        f"<figcaption>{html_text(name)}</figcaption></figure>"
        for each, name in zip(weights, names, strict=True)
    )
    above = f"<small>{html_text(heading)}</small>" if heading else ""
    return f'{above}<div class="maps">{"".join(pictures)}</div>'


def histogram(values: Float[np.ndarray, " value"], marked: float, mark: str, *, n_bins: int = 32) -> str:
    """Return how many values lie where, with the place of one of them marked by name. Heights are square roots."""
    counts, edges = np.histogram(values, bins=n_bins)
    chosen = min(int(np.searchsorted(edges, marked, side="right")) - 1, n_bins - 1)
    heights = 100 * np.sqrt(counts / counts.max())  # per cent
    bars = "".join(
        f'<i style="height:{height:.1f}%" class="{"marked" if place == chosen else ""}"></i>'
        for place, height in enumerate(heights)
    )
    ends = (signed(float(edge), 1) for edge in (edges[0], edges[-1]))
    return (
        f'<div class="histogram"><div class="mark">{html_text(mark)}</div><div class="heights">{bars}</div>'
        f'<div class="ends">{"".join(f"<span>{end}</span>" for end in ends)}</div></div>'
    )


def shares(labels: Sequence[str], values: Sequence[float], *, rest: float | None = None) -> str:
    """Return bars for shares of a whole, `rest` the last one. Raises ValueError when the lengths differ."""
    rows = list(zip(labels, values, strict=True)) + ([] if rest is None else [("all the others", rest)])
    return share_bars([(label, value, f"{100 * value:.1f} %") for label, value in rows], with_rest=rest is not None)


def big(text: str, note: str) -> str:
    """Return one word large, with a note under it."""
    return f'<div class="big"><span>{html_text(text)}</span><small>{html_text(note)}</small></div>'
