"""The points in three dimensions, and how much of them three axes show."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from jaxtyping import Float

from headlight.model.answers import WordSpace
from headlight.model.science.projection import Basis, explained_by_chance, explained_by_own_axes, limits
from headlight.pages.embeddings.point_groups import point_columns
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import keep_camera
from headlight.pages.frame.view import View
from headlight.viz.gauges import Gauge, against_chance
from headlight.viz.scatter import CONFIG, Points, scatter
from headlight.viz.theme import palette


def draw_picture(view: View, groups: Sequence[Points], space: WordSpace) -> None:
    """Draw the points in the fixed basis."""
    coordinates = np.concatenate([each.coordinates for each in groups])
    st.plotly_chart(
        scatter(
            groups,
            space.cloud,
            axes=[f"axis {i}: {100 * share:.0f} %" for i, share in enumerate(space.basis.explained)],
            limits=limits(space.cloud, coordinates),
            colours=palette(st.context.theme.type),
        ),
        theme=None,
        config=CONFIG,
        key="embeddings",
    )
    keep_camera(key="camera")
    downloads(view, "embeddings", lambda: point_columns(groups))


def draw_gauges(points: Float[np.ndarray, "point d_model"], basis: Basis) -> None:
    """Draw how much of the differences the picture shows, beside what chance would give."""
    n_points, d_model = points.shape
    st.markdown("**How much do three axes show?**")
    gauges = [
        Gauge(
            name=f"Of the differences between the {basis.n_fitted:,} words of the vocabulary that set the axes",
            share=float(basis.explained.sum()),
            chance=basis.by_chance,
        )
    ]
    if n_points > 1:
        gauges = [
            Gauge(
                name=f"Of the differences between these {n_points} points",
                share=basis.explained_of(points),
                chance=len(basis.axes) / d_model,
            ),
            *gauges,
            Gauge(
                name=f"Were the axes set by these {n_points} points alone",
                share=explained_by_own_axes(points),
                chance=explained_by_chance(n_points, d_model),
            ),
        ]
    st.html(against_chance(gauges))
    st.caption(
        "The line in a bar is what points without any order would give. Axes set by a few points always look good, "
        "which is why these are set once, by the vocabulary."
    )
