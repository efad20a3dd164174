"""Positions that are added to scores: relative biases, and ALiBi."""

import numpy as np
import streamlit as st

from headlight.model.science.positions import AlibiPositions, RelativePositions, alibi_bias
from headlight.model.trace import Stack
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View, labels
from headlight.pages.positions.axes import LEAST_DISTANCES
from headlight.viz.heatmap import Axes, Map, Words, pack
from headlight.viz.lines import Line, pack_lines
from headlight.viz.table import Columns

N_LINES = 8


def draw_relative(view: View, stack: Stack, relative: RelativePositions) -> None:
    """Draw the bias of each head by distance, and what one head adds to each query and key."""
    causal = stack.name == "decoder"
    distances = np.array([each for each in relative.distances if each <= 0 or not causal])  # those a query can read
    by_distance = relative.by_distance[:, [each in distances for each in relative.distances]]  # (head, distance)
    st.markdown(
        "**Relative positions.** Nothing is added to the embeddings. Every head has learned a number for each distance "
        "and adds it to its scores: above 0 it favours keys at that distance, below 0 it avoids them. The same "
        "numbers serve in every layer."
    )
    limit = float(np.abs(by_distance).max()) or 1.0
    cells = _by_distance_map("What each head adds to a score, by distance", by_distance, distances, limit)
    spoken = Words(row="head", column="distance", verb="and", value="bias")
    matrices(pack([cells], words=spoken), key="positions-relative")
    after = "" if causal else ", +1 the one just after"
    st.markdown(
        f"Distance is the key’s position minus the query’s: −1 is the token just before{after}. Far distances share "
        "one number, so colours stay the same towards the ends."
    )
    downloads(view, "relative-bias", lambda: _by_distance_columns(by_distance, distances, "bias"))
    _draw_bias_maps(view, stack, relative.bias, "bias", causal=causal)


def draw_alibi(view: View, stack: Stack, alibi: AlibiPositions) -> None:
    """Draw the penalty of each head by distance, and what one head takes off each query and key."""
    n_heads, n_tokens = len(alibi.slopes), len(stack.tokens)
    st.markdown(
        "**ALiBi.** Nothing is added to the embeddings and nothing is learned. Every head takes its slope times the "
        "distance off each score, so near keys win; a head with a small slope can look far back."
    )
    distances = np.arange(max(LEAST_DISTANCES, n_tokens))
    penalties = -alibi.slopes[:, None] * distances  # (head, distance)
    limit = float(np.abs(penalties).max())
    cells = _by_distance_map("What each head takes off a score, by distance", penalties, distances, limit)
    spoken = Words(row="head", column="distance", verb="and", value="penalty")
    matrices(pack([cells], words=spoken), key="positions-alibi")
    downloads(view, "alibi-penalties", lambda: _by_distance_columns(penalties, distances, "penalty"))
    heads = sorted({round(each) for each in np.linspace(0, n_heads - 1, min(n_heads, N_LINES))})
    x = distances.astype(float)
    curves(
        pack_lines(
            [
                Line(x=x, y=np.exp(penalties[head]), series=i, name=f"head {head}, slope {alibi.slopes[head]:.4g}")
                for i, head in enumerate(heads)
            ],
            x_name="distance: how many positions back the key stands",
            y_name="What is left of a weight, before the row is made to sum to 1",
            low=0.0,
            high=1.0,
        ),
        key="alibi-weights",
    )
    st.markdown(
        "A score that loses 1 leaves its weight with 1/e = 0.37 of what it was, beside the other keys of the row. "
        "BLOOM adds slope × the key’s position instead: the scores differ, the weights after softmax are the same."
    )
    downloads(view, "alibi-slopes", lambda: {"head": range(n_heads), "slope": alibi.slopes})
    _draw_bias_maps(view, stack, alibi_bias(alibi.slopes, n_tokens), "penalty", causal=stack.name == "decoder")


def _by_distance_map(name: str, values: np.ndarray, distances: np.ndarray, limit: float) -> Map:
    n_heads = len(values)
    axes = Axes(
        rows=[""] * n_heads,
        columns=[""] * len(distances),
        first_column=int(distances[0]),
    )
    return Map(name=name, values=values, axes=axes, scale="difference", low=-limit, high=limit, cells="stretched")


def _by_distance_columns(values: np.ndarray, distances: np.ndarray, name: str) -> Columns:
    n_heads = len(values)
    return {
        "head": np.repeat(np.arange(n_heads), len(distances)),
        "distance": np.tile(distances, n_heads),
        name: values.reshape(-1),
    }


def _draw_bias_maps(view: View, stack: Stack, bias: np.ndarray, value: str, *, causal: bool) -> None:
    """Draw one head's numbers on the tokens of the sentence, every head a click away."""
    st.subheader("On this sentence, head by head", anchor=False)
    tokens, special = labels(stack), stack.special.tolist()
    limit = float(np.abs(bias).max()) or 1.0
    seen = np.tri(len(tokens), dtype=bool) if causal else np.ones((len(tokens), len(tokens)), dtype=bool)
    axes = Axes(rows=tokens, columns=tokens, rows_marked=special, columns_marked=special)
    maps = [
        Map(
            name=f"Head {head}: {value} for each query and key",
            thumb=f"Head {head}",
            values=np.where(seen, each, np.nan),
            axes=axes,
            scale="difference",
            low=-limit,
            high=limit,
        )
        for head, each in enumerate(bias)
    ]
    spoken = Words(row="query", column="key", verb="and", value=value)
    matrices(pack(maps, layout="pick", words=spoken, parameter="head"), key="positions-bias")
    query, key = (grid.reshape(-1) for grid in np.indices(bias.shape[1:]))
    downloads(
        view,
        f"positions-{value}",
        lambda: {
            "query_position": query,
            "query": [tokens[place] for place in query],
            "key_position": key,
            "key": [tokens[place] for place in key],
            **{
                f"head_{head}": np.where(seen, each, np.nan).astype(np.float32).reshape(-1)
                for head, each in enumerate(bias)
            },
        },
    )
