"""The places of a sentence on an axis, and a scale for the colours of the numbers there."""

import numpy as np

from headlight.model.trace import Stack
from headlight.pages.frame.view import labels
from headlight.viz.heatmap import Axes, Words

LEAST_DISTANCES = 32  # a curve over the distances of a three-word sentence would show nothing


def place_axes(stack: Stack, rows: range, columns: range) -> Axes:
    """Return axes of positions by numbers: a position of the sentence bears its token, and a bar at its side."""
    tokens, special = labels(stack), stack.special.tolist()
    here = range(min(rows.start, len(tokens)), min(rows.stop, len(tokens)))
    beyond = len(rows) - len(here)
    return Axes(
        rows=[*(tokens[place] for place in here), *[""] * beyond],
        columns=[""] * len(columns),
        rows_marked=[*(special[place] for place in here), *[False] * beyond],
        columns_marked=[False] * len(columns),
        first_row=rows.start,
        first_column=columns.start,
        rows_numbered=True,
        n_own=len(here) if beyond else 0,
    )


def colour_limit(values: np.ndarray) -> float:
    """Return where the colours end: a round number that 99 of 100 values stay under, so that few very large ones do
    not make all the others pale.
    """
    most = float(np.nanpercentile(np.abs(values), 99, method="higher"))
    if not most > 0:
        return 1.0
    step = 10.0 ** (np.floor(np.log10(most)) - 1)
    return float(f"{np.ceil(round(most / step, 6)) * step:.3g}")


def words(values: np.ndarray, limit: float, *, row: str, column: str, verb: str, value: str, masked: str = "") -> Words:
    """Return how a cell is read aloud; the legend says so when numbers lie beyond the ends of the colours."""
    beyond = bool((np.abs(np.nan_to_num(values)) > limit * (1 + 1e-6)).any())
    legend = "numbers beyond the ends keep the end’s colour" if beyond else ""
    return Words(row=row, column=column, verb=verb, value=value, masked=masked, legend=legend)
