"""The sinusoids of 2017 with d and base to play with: the general lesson, whatever model is chosen."""

import math

import numpy as np
import streamlit as st

from headlight.model.science.positions import by_distance, similarity, sinusoids
from headlight.model.trace import Stack
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View, labels
from headlight.pages.positions.axes import place_axes
from headlight.pages.positions.wording import minus, rounding
from headlight.viz.heatmap import Map, Words, pack
from headlight.viz.lines import Line, pack_lines

LEAST_POSITIONS = 64
MOST_D = 256
BASES = (2, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
N_WAVES = 4
STEPS = 8  # points of a curve between two positions


def draw_sinusoids(view: View, stack: Stack) -> None:
    """Draw the sinusoids for d and base, a few of their waves, and what holds for all of them."""
    st.subheader("The sinusoids of 2017: turn the knobs", anchor=False)
    d_model, base = _knobs()
    n_positions = max(LEAST_POSITIONS, len(stack.tokens))
    vectors = sinusoids(n_positions, d_model, float(base))
    cells = Map(
        name=f"Sinusoids, d = {d_model}, base = {base:,}",
        values=vectors,
        axes=place_axes(stack, range(n_positions), range(d_model)),
        scale="difference",
        low=-1.0,
        high=1.0,
        cells="stretched",
    )
    spoken = Words(row="position", column="dimension", verb="has in", value="value")
    matrices(pack([cells], words=spoken), key="positions-sinusoids")
    downloads(
        view,
        "sinusoids",
        lambda: {
            "position": range(n_positions),
            "token": [*labels(stack), *[""] * n_positions][:n_positions],
            **{f"dimension_{i}": vectors[:, i] for i in range(d_model)},
        },
    )
    _say_what_holds(vectors, d_model, base)
    _draw_waves(view, vectors, d_model, base)


def _knobs() -> tuple[int, int]:
    left, right = st.columns(2)
    with left:
        d_model = int(
            address.number(
                "d",
                2,
                MOST_D,
                64,
                lambda key: st.slider("d: how many numbers a position has", 2, MOST_D, step=2, key=key),
                what="number of dimensions d",
            )
        )
        if d_model % 2:
            st.warning(
                f"Sine and cosine come in pairs, so d must be even: {d_model - 1} is drawn instead of {d_model}.",
                icon=":material/info:",
            )
            d_model -= 1
    with right:
        base = int(
            address.number(
                "base",
                BASES[0],
                BASES[-1],
                10_000,
                lambda key: st.select_slider(
                    "base: how much slower the last wave is than the first",
                    sorted({*BASES, st.session_state[key]}),  # a link may ask for one in between
                    key=key,
                    format_func="{:,}".format,
                ),
                what="base",
            )
        )
    return d_model, base


def _say_what_holds(vectors: np.ndarray, d_model: int, base: int) -> None:
    lengths = np.linalg.norm(vectors, axis=1)
    products = by_distance(similarity(vectors, "dot product"))
    spread = float((products.high - products.low).max())
    slowest = 2 * math.pi * base ** ((d_model - 2) / d_model)
    st.markdown(
        f"Column $2i$ holds the sine and column $2i+1$ the cosine of "
        f"$\\text{{position}}\\,/\\,{base}^{{\\,2i/{d_model}}}$: each pair of columns is one wave. The first comes "
        f"round every {2 * math.pi:.2f} positions, the last every "
        f"{slowest:,.2f}. Fast waves tell neighbours apart, slow ones tell the beginning from the end.\n\n"
        f"Two things hold for every d and base. Each row is as long as any other: √(d/2) = "
        f"{math.sqrt(d_model / 2):.4f} (here {lengths.min():.4f} to {lengths.max():.4f}). And the dot product of two "
        f"rows depends only on how far apart they are, not on where they stand (at equal distance the products here "
        f"differ by {rounding(spread)}, which is rounding). Only angles change, so a distance looks the same "
        "everywhere in the text."
    )


def _draw_waves(view: View, vectors: np.ndarray, d_model: int, base: int) -> None:
    n_positions = LEAST_POSITIONS  # of a longer sentence too: more would be a blur
    vectors = vectors[:n_positions]
    places = np.arange(n_positions, dtype=float)
    fine = np.linspace(0, n_positions - 1, STEPS * (n_positions - 1) + 1)
    pairs = sorted({round(each) for each in np.linspace(0, d_model / 2 - 1, N_WAVES + 1)[:N_WAVES]})
    for row in (pairs[:2], pairs[2:]):
        for column, pair in zip(st.columns(2), row, strict=False):
            angle = fine * base ** (-2 * pair / d_model)
            wavelength = 2 * math.pi * base ** (2 * pair / d_model)
            series = pairs.index(pair)
            with column:
                curves(
                    pack_lines(
                        [
                            Line(x=fine, y=np.sin(angle), series=series, name=f"sine, column {2 * pair}"),
                            Line(
                                x=fine,
                                y=np.cos(angle),
                                series=series,
                                style="dashed",
                                name=f"cosine, column {2 * pair + 1}",
                            ),
                            Line(x=places, y=vectors[:, 2 * pair], series=series, style="dots"),
                        ],
                        x_name="position",
                        note=f"one turn takes {wavelength:,.1f} positions",
                        low=-1.0,
                        high=1.0,
                        height_rem=6,
                    ),
                    key=f"sinusoid-wave-{pair}",
                )
    st.markdown(
        "A column of the picture is one of these curves, read at whole positions only: the dots are the numbers in "
        f"the table. Position 1 of column 0 is sin(1) = {minus(math.sin(1), 3)}, whatever d and base are."
    )
    downloads(
        view,
        "sinusoid-waves",
        lambda: {
            "position": range(n_positions),
            **{f"sine_{2 * pair}": vectors[:, 2 * pair] for pair in pairs},
            **{f"cosine_{2 * pair + 1}": vectors[:, 2 * pair + 1] for pair in pairs},
        },
    )
