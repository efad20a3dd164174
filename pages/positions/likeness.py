"""How alike the vectors of two positions are."""

import numpy as np
import streamlit as st

from headlight.model.science.positions import Measure, by_distance, similarity, sinusoids
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View
from headlight.pages.positions.axes import colour_limit, place_axes, words
from headlight.pages.positions.table import Table
from headlight.pages.positions.wording import minus, rounding
from headlight.viz.heatmap import Map, pack
from headlight.viz.lines import Line, pack_lines
from headlight.viz.table import long_form

MOST_COMPARED = 128
MEASURES: tuple[Measure, ...] = ("cosine", "centred cosine", "dot product")
MEASURE_NOTES: dict[Measure, str] = {
    "cosine": "The cosine says how far two vectors point the same way, as they are: nothing is taken off first, so a "
    "part that all vectors share lifts every cosine.",
    "centred cosine": "Here the mean of all these vectors is taken off each one first: what they all share no longer "
    "counts as likeness.",
    "dot product": "The dot product also grows with the lengths of the vectors, so long vectors stand out.",
}


def draw_likeness(view: View, table: Table) -> None:
    """Draw how alike the vectors of two positions are, beside the sinusoids of 2017."""
    st.subheader("How alike are two positions?", anchor=False)
    measure = address.choice(
        "measure",
        MEASURES,
        "cosine",
        lambda key: st.segmented_control("Measure", MEASURES, key=key, required=True),
        what="measure",
    )
    n_compared = min(MOST_COMPARED, len(table.vectors))
    ours = similarity(table.vectors[:n_compared], measure)
    d_even = table.stack.d_model + table.stack.d_model % 2
    paper = similarity(sinusoids(n_compared, d_even), measure)
    places = range(n_compared)
    axes = place_axes(table.stack, places, places)
    limits = [1.0, 1.0] if measure != "dot product" else [colour_limit(ours), d_even / 2]
    maps = [
        Map(name=name, values=values, axes=axes, scale="difference", low=-limit, high=limit)
        for name, values, limit in zip(
            (f"The {table.name}", "The sinusoids of 2017"), (ours, paper), limits, strict=True
        )
    ]
    spoken = words(
        ours,
        limits[0],
        row="position",
        column="position",
        verb="and",
        value=measure,
        masked="no direction: the vector is 0",
    )
    matrices(pack(maps, words=spoken), key="positions-likeness")
    st.markdown(f"{MEASURE_NOTES[measure]} {_first_position_note(table, ours) if measure == 'cosine' else ''}")
    downloads(
        view,
        f"positions-likeness-{table.stack.name}",
        lambda: {
            **long_form(
                ours, [str(each) for each in places], [str(each) for each in places], names=("a", "b", measure)
            ),
            f"{measure} of the sinusoids": paper.reshape(-1),
        },
    )
    _draw_by_distance(view, table, ours, paper, measure)


def _first_position_note(table: Table, cosines: np.ndarray) -> str:
    """Say how far position 0 stands apart, when it can be said."""
    if not table.learned or len(cosines) < 4:
        return ""
    others = cosines[1:, 1:][~np.eye(len(cosines) - 1, dtype=bool)]
    lengths = np.linalg.norm(table.vectors[: len(cosines)], axis=1)
    return (
        f"Position 0 is a special place in many learned tables, because every text begins there: here its vector is "
        f"{lengths[0]:.2f} long, the others are {lengths[1:].mean():.2f} on average; its cosine with the others is "
        f"{minus(float(np.nanmean(cosines[0, 1:])), 2)} on average, that of two others "
        f"{minus(float(np.nanmean(others)), 2)}."
    )


def _draw_by_distance(view: View, table: Table, ours: np.ndarray, paper: np.ndarray, measure: Measure) -> None:
    if len(ours) < 2 or measure == "dot product":  # two scales do not fit on one axis
        return
    found, known = by_distance(ours), by_distance(paper)
    distances = np.arange(len(ours), dtype=float)
    curves(
        pack_lines(
            [
                Line(x=distances, y=found.low, top=found.high, series=0, name="from smallest to largest"),
                Line(x=distances, y=found.mean, series=0, name=f"mean, {table.name}"),
                Line(x=distances, y=known.mean, series=1, style="dashed", name="sinusoids of 2017"),
            ],
            x_name="distance between the two positions",
            y_name=measure.capitalize(),
            low=-1.0,
            high=1.0,
        ),
        key="positions-by-distance",
    )
    spread = float(np.nanmax(known.high - known.low))
    if measure == "cosine":
        st.markdown(
            "For the sinusoids only the distance matters: at each distance smallest and largest value are the same "
            f"(here they differ by {rounding(spread)}, which is rounding). "
            + ("A learned table has a band, because nothing forces it to treat all places alike." * table.learned)
        )
    downloads(
        view,
        f"positions-by-distance-{table.stack.name}",
        lambda: {
            "distance": range(len(ours)),
            "mean": found.mean,
            "smallest": found.low,
            "largest": found.high,
            "sinusoids": known.mean,
        },
    )
