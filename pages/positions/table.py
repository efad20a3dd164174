"""The vectors that are added to the embeddings: position by dimension."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from jaxtyping import Float

from headlight.model.science.positions import sinusoid_layout
from headlight.model.trace import Stack
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import matrices
from headlight.pages.frame.view import View, labels
from headlight.pages.positions.axes import colour_limit, place_axes, words
from headlight.pages.positions.wording import minus
from headlight.viz.heatmap import Map, pack

MOST_ROWS = 256  # of a table, and columns too: what a screen has pixels for


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """A model's vectors for positions, as far as they are known: all of the context, or those of the sentence."""

    stack: Stack
    vectors: Float[np.ndarray, "position d_model"]
    learned: bool

    @property
    def name(self) -> str:
        """What kind of vectors these are."""
        return "learned position vectors" if self.learned else "sinusoids of this model"


def draw_table(view: View, table: Table) -> None:
    """Draw position by dimension, for the sentence or for a part of the whole table."""
    n_positions, d_model = table.vectors.shape
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows = _pick_rows(table)
        columns = _pick_columns(d_model)
    values = table.vectors[rows.start : rows.stop, columns.start : columns.stop]
    limit = colour_limit(table.vectors)
    cells = Map(
        name=f"The {table.name}: a row for each position, a column for each dimension",
        values=values,
        axes=place_axes(table.stack, rows, columns),
        scale="difference",
        low=-limit,
        high=limit,
        cells="stretched",
    )
    spoken = words(values, limit, row="position", column="dimension", verb="has in", value="value")
    matrices(pack([cells], words=spoken), key="positions-table")
    where = np.unravel_index(np.abs(table.vectors).argmax(), table.vectors.shape)
    st.markdown(
        f"{_layout_note(table)} There are {n_positions:,} positions of {d_model:,} numbers each. Colours run from "
        f"−{limit:g} to {limit:g} whatever is shown; the number farthest from 0 is "
        f"{minus(float(table.vectors[where]), 3)}, at position {where[0]}, dimension {where[1]}."
    )
    downloads(
        view,
        f"positions-{table.stack.name}",
        lambda: {
            "position": range(n_positions),
            "token": [*labels(table.stack), *[""] * n_positions][:n_positions],
            **{f"dimension_{i}": table.vectors[:, i] for i in range(d_model)},
        },
    )


def _pick_rows(table: Table) -> range:
    n_tokens, n_positions = len(table.stack.tokens), len(table.vectors)
    blocks = {
        str(first): range(first, min(first + MOST_ROWS, n_positions)) for first in range(0, n_positions, MOST_ROWS)
    }
    if n_positions <= n_tokens:
        return range(n_positions)
    parts = {"sentence": range(n_tokens), **blocks}
    names = {name: f"Positions {each.start} to {each[-1]}" for name, each in parts.items()}
    names["sentence"] = "This sentence"
    widget = st.segmented_control if len(parts) <= 3 else st.selectbox
    picked = address.choice(
        "rows",
        tuple(parts),
        "sentence",
        lambda key: widget(  # type: ignore[operator]
            "Show", tuple(parts), key=key, format_func=names.__getitem__, label_visibility="collapsed"
        ),
        what="part of the table",
    )
    return parts[picked]


def _pick_columns(d_model: int) -> range:
    blocks = {first: range(first, min(first + MOST_ROWS, d_model)) for first in range(0, d_model, MOST_ROWS)}
    if len(blocks) == 1:
        return blocks[0]
    picked = address.choice(
        "dimensions",
        tuple(blocks),
        0,
        lambda key: st.selectbox(
            "Dimensions", tuple(blocks), key=key, format_func=lambda each: f"{each} to {blocks[each][-1]}"
        ),
        what="part of the dimensions",
    )
    return blocks[picked]


def _layout_note(table: Table) -> str:
    if table.learned:
        return "Training chose these numbers, as it chose the embeddings; nobody wrote a formula for them."
    match sinusoid_layout(table.vectors):
        case "interleaved":
            return "Nothing is learned here: sine and cosine take turns, column by column, as in the paper of 2017."
        case "halves":
            return (
                "Nothing is learned here: these are the sinusoids of 2017, kept in another order. The left half of "
                "the columns holds the sines, the right half the cosines; the paper lets them take turns."
            )
    return "Nothing is learned here: a formula gives these numbers, though not quite that of the paper of 2017."
