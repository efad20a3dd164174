"""The angles between all vectors in the full space, before and after the layers."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.science.projection import Basis, angles
from headlight.model.trace import Stack, Trace
from headlight.pages.embeddings.extra_words import ExtraWord
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import matrices
from headlight.pages.frame.view import View, labels
from headlight.viz.heatmap import Axes, Map, Words, pack
from headlight.viz.table import Columns, long_form

MOST_DEPTHS = 8  # maps of angles after a layer; a deeper model's are spread over its layers


@st.fragment
def draw_angles(view: View, stack: Stack, words: Sequence[ExtraWord], basis: Basis) -> None:
    """Draw the angles in the full space as a matrix, for the token's own vector and after each layer."""
    st.subheader("Angles in the full space", anchor=False)
    origin = address.choice(
        "origin",
        ("zero", "mean"),
        "zero",
        lambda key: st.segmented_control(
            "Seen from",
            ("zero", "mean"),
            key=key,
            required=True,
            format_func={"zero": "Zero", "mean": "The mean of the vectors"}.__getitem__,
        ),
        what="point",
    )
    maps = angle_maps(stack, words, basis, centred=origin == "mean")
    matrices(
        pack(
            [
                Map(
                    name=name,
                    thumb=name,
                    values=values,
                    axes=axes,
                    scale="difference",
                    low=180.0,
                    high=0.0,
                )
                for name, axes, values in maps
            ],
            layout="pick",
            words=Words(
                row="token",
                column="token",
                verb="and",
                value="angle in degrees",
                masked="no angle: a vector without length",
                digits=1,
                legend="degrees: 0 the same direction, 90 a right angle, 180 opposite",
            ),
            parameter="depth",
        ),
        key="angles",
    )
    downloads(view, "angles", lambda: angle_columns(maps))
    st.markdown(angle_words(view.trace, stack, centred=origin == "mean"))


def angle_maps(
    stack: Stack, words: Sequence[ExtraWord], basis: Basis, *, centred: bool
) -> list[tuple[str, Axes, np.ndarray]]:
    """Return the angles between the tokens' own vectors (and the extra words'), then those after each layer."""
    names, special = labels(stack), stack.special.tolist()
    with_words = np.concatenate([stack.token_embeddings, *([word.vector[None] for word in words])])
    all_names = [*names, *(word.name for word in words)]
    marked = [*special, *([False] * len(words))]
    token_axes = Axes(rows=all_names, columns=all_names, rows_marked=marked, columns_marked=marked)
    maps = [("Token", token_axes, angles(with_words, origin=basis.mean if centred else None))]
    axes = Axes(rows=names, columns=names, rows_marked=special, columns_marked=special)
    last = stack.n_layers
    depths = sorted({round(depth) for depth in np.linspace(1, last, min(last, MOST_DEPTHS))})
    if not np.allclose(stack.hidden_states[0], stack.token_embeddings):
        depths = [0, *depths]
    for depth in depths:
        states = stack.hidden_states[depth]
        name = f"After layer {depth - 1}" if depth else "Into layer 0"
        maps.append((name, axes, angles(states, origin=states.mean(axis=0) if centred else None)))
    return maps


def angle_words(trace: Trace, stack: Stack, *, centred: bool) -> str:
    """Say which angles are nothing special: those of vectors drawn by lot."""
    space = questions.word_space(trace)
    mean, spread = space.by_chance_from_mean if centred else space.by_chance
    by_lot = (
        f"Two tokens of this vocabulary drawn by lot stand at {mean:.0f}° ± {spread:.0f}°; two directions drawn by lot "
        f"in {stack.d_model} dimensions at 90° ± {np.degrees(1 / np.sqrt(stack.d_model)):.1f}°. "
    )
    if not centred:
        return by_lot + (
            "Where all angles are small, the vectors share one large part that says nothing about the words: look from "
            "the mean."
        )
    return by_lot + (
        "After a layer the mean is that of these tokens alone, and a few vectors seen from their own mean stand at "
        "more than 90° on average."
    )


def angle_columns(maps: Sequence[tuple[str, Axes, np.ndarray]]) -> Columns:
    """Return all angles, one line a cell, with the vectors each belongs to."""
    tables = [long_form(values, axes.rows, axes.columns, names=("a", "b", "degrees")) for _, axes, values in maps]
    return {
        "vectors": np.repeat([name for name, _, _ in maps], [values.size for _, _, values in maps]),
        **{name: np.concatenate([np.asarray(table[name]) for table in tables]) for name in tables[0]},
    }
