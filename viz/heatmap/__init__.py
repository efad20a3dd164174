"""Matrices as a canvas: every value exact, under the pointer and the arrow keys, without asking the server.

Python packs labels and numbers into bytes; `heatmap.js` draws them. A NaN is a cell that does not exist (the mask
hides it): it is drawn grey and never as a value.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.browser import framed, joined
from headlight.viz.theme import palettes

SCRIPT = joined("heatmap/heatmap.js")
STYLE = (Path(__file__).parent / "heatmap.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The labels of both axes; `*_marked` are drawn apart (special tokens). Labels are plain text, never markup.

    A row or column whose label is empty goes by its number alone; `first_row` and `first_column` are where counting
    begins. `rows_numbered` puts the number before the label on the axis too. The first `n_own` rows have a bar at
    their side: they belong to the sentence, the others do not.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    rows_marked: Sequence[bool] = ()
    columns_marked: Sequence[bool] = ()
    first_row: int = 0
    first_column: int = 0
    rows_numbered: bool = False
    n_own: int = 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Map:
    """One matrix to draw: `scale` names a ramp of the palette, `low` and `high` are its fixed ends.

    `quantity` is what its numbers are called when that is not `Words.value`; `thumb` its name under a thumbnail,
    when that is shorter. `cells` "stretched" fills the width and keeps rows readable, whatever the number of columns.
    """

    name: str
    values: Float[np.ndarray, "row column"]
    axes: Axes
    scale: Literal["weights", "difference"] = "weights"
    low: float = 0.0
    high: float = 1.0
    quantity: str = ""
    thumb: str = ""
    cells: Literal["square", "stretched"] = "square"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a cell is read aloud: "query “taught” reads key “teacher”: 0.412"."""

    row: str = "query"
    column: str = "key"
    verb: str = "reads"
    value: str = "weight"
    masked: str = "hidden by the mask"
    digits: int = 3
    legend: str = field(default="")


def pack(
    maps: Sequence[Map],
    *,
    layout: Literal["pick", "side"] = "side",
    words: Words | None = None,
    selected: int = 0,
    parameter: str = "",
) -> bytes:
    """Pack maps for the component: a header, then their values as float32, row by row.

    `layout` "pick" draws all maps as thumbnails and one of them large; "side" draws all of them large, with one
    pointer for all. `parameter` is the URL parameter that remembers the picked map. Raises ValueError when a matrix
    does not fit its labels or when `selected` is out of range.
    """
    for each in maps:
        expected = (len(each.axes.rows), len(each.axes.columns))
        if each.values.shape != expected:
            raise ValueError(f"map {each.name!r} has shape {each.values.shape}, but its labels {expected}")
    if not 0 <= selected < len(maps):
        raise ValueError(f"selected is {selected}, but there are {len(maps)} maps")
    axes = list({id(each.axes): each.axes for each in maps}.values())
    header = {
        "layout": layout,
        "words": asdict(words or Words()),
        "selected": selected,
        "parameter": parameter,
        "axes": [_plain_axes(each) for each in axes],
        "maps": [
            {
                "name": each.name,
                "axes": next(i for i, known in enumerate(axes) if known is each.axes),
                "scale": each.scale,
                "low": each.low,
                "high": each.high,
                "quantity": each.quantity,
                "thumb": each.thumb or each.name,
                "cells": each.cells,
            }
            for each in maps
        ],
        "palettes": palettes("text", "muted", "accent", "masked", "background", "weights", "difference"),
    }
    return framed(header, b"".join(np.ascontiguousarray(each.values, dtype="<f4").tobytes() for each in maps))


def _plain_axes(axes: Axes) -> dict[str, list[str] | list[bool] | int]:
    return {
        "rows": list(axes.rows),
        "columns": list(axes.columns),
        "rowsMarked": [bool(each) for each in axes.rows_marked],
        "columnsMarked": [bool(each) for each in axes.columns_marked],
        "firstRow": axes.first_row,
        "firstColumn": axes.first_column,
        "rowsNumbered": axes.rows_numbered,
        "nOwn": axes.n_own,
    }
