"""Positions that come in where scores are made: rotary turning, relative biases, ALiBi."""

import math

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.science.attention import HeadVectors
from headlight.model.science.positions import (
    AlibiPositions,
    RelativePositions,
    RotaryPositions,
    alibi_bias,
    rotary_scores,
    rotate,
)
from headlight.model.trace import Attention, Stack
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View, explained, labels
from headlight.pages.positions.places import minus, pick_token, place_axes
from headlight.viz.heatmap import Axes, Map, Words, pack
from headlight.viz.lines import Line, pack_lines
from headlight.viz.rotation import rotation
from headlight.viz.table import Columns

N_LINES = 8
LEAST_DISTANCES = 32  # a curve over the distances of a three-word sentence would show nothing


def draw_rotary(view: View, stack: Stack, rotary: RotaryPositions) -> None:
    """Draw how far each pair turns, one pair of a real query and key turning, and the score by distance."""
    n_pairs, n_tokens = len(rotary.frequencies), len(stack.tokens)
    st.markdown(
        "**Rotary positions.** Nothing is added to the embeddings. In every layer and head the query and the key of a "
        "token are cut into pairs of numbers, and each pair is turned like a hand of a clock: position times the "
        "pair’s own speed. Values are not turned."
    )
    angles = np.arange(n_tokens)[:, None] * rotary.frequencies  # (position, pair)
    cells = Map(
        name="How far each pair has turned: the cosine of its angle",
        values=np.cos(angles),
        axes=place_axes(stack, range(n_tokens), range(n_pairs)),
        scale="difference",
        low=-1.0,
        high=1.0,
        cells="stretched",
    )
    spoken = Words(row="position", column="pair", verb="has turned", value="cosine of the angle")
    matrices(pack([cells], words=spoken), key="positions-rotary")
    left_alone = rotary.d_head - 2 * n_pairs
    st.markdown(
        f"1 (orange) is not turned at all, −1 (blue) is half a turn. Pair 0 turns by "
        f"{math.degrees(rotary.frequencies[0]):.4g}° a position and comes round every "
        f"{2 * math.pi / rotary.frequencies[0]:,.4g} positions; pair {n_pairs - 1}, the slowest, every "
        f"{2 * math.pi / rotary.frequencies[-1]:,.4g}. The base is {rotary.base:,.10g}. "
        + (
            f"Of the {rotary.d_head} numbers of a query, {2 * n_pairs} are turned and {left_alone} stay as they are."
            if left_alone
            else f"All {rotary.d_head} numbers of a query are turned."
        )
    )
    downloads(
        view,
        "rotary-angles",
        lambda: {
            "pair": range(n_pairs),
            "radians_per_position": rotary.frequencies,
            "positions_per_turn": 2 * np.pi / rotary.frequencies,
        },
    )
    attention = next((each for each in view.trace.attentions if each.kind == stack.name), None)
    if attention is not None:
        with explained():
            _draw_turning(view, stack, attention, rotary)


def _draw_turning(view: View, stack: Stack, attention: Attention, rotary: RotaryPositions) -> None:
    st.subheader("A real query and a real key, turning", anchor=False)
    n_tokens = len(stack.tokens)
    choices = st.columns(3)
    with choices[0]:
        layer, head = _pick_head(attention)
    with choices[1]:
        query_at = pick_token(stack, "token", "Query of", range(n_tokens), n_tokens - 1)
    with choices[2]:
        n_keys = query_at + 1 if attention.causal else n_tokens
        key_at = pick_token(stack, "key", "Key of", range(n_keys), min(1, n_keys - 1))
    n_pairs = len(rotary.frequencies)
    pair = 0
    if n_pairs > 1:
        pair = address.choice(
            "pair",
            range(n_pairs),
            0,
            lambda key: st.select_slider("Pair, from the fastest to the slowest", range(n_pairs), key=key),
            what="pair",
        )
    vectors = questions.head_vectors(view.trace, attention, layer, head)
    query = rotate(vectors.query[[query_at]], np.array([-query_at]), rotary.frequencies)[0]  # (d_head,), not turned
    key = rotate(vectors.key[[key_at]], np.array([-key_at]), rotary.frequencies)[0]
    tokens = labels(stack)
    angles = np.arange(n_tokens) * rotary.frequencies[pair]  # (position,)
    for column, (role, vector, place) in zip(
        st.columns(2), (("query", query, query_at), ("key", key, key_at)), strict=True
    ):
        two = vector[[pair, pair + n_pairs]]
        with column:
            name = f"Pair {pair} of the {role} of “{tokens[place]}”: {np.linalg.norm(two):.3f} long"
            st.html(rotation(two, angles, name=name, role=role, marked=place))  # type: ignore[arg-type]
    st.markdown(
        "The bold arrow is the pair where its token really stands; a thin one is where the same pair would point if "
        "the token stood at that position. The length never changes. A score compares the query’s arrows with the "
        "key’s, and moving both tokens on by the same number of places turns both alike: only the distance matters."
    )
    _draw_rotary_scores(view, (query, key), (query_at, key_at), pair, rotary, vectors, causal=attention.causal)


def _pick_head(attention: Attention) -> tuple[int, int]:
    heads = [(layer, head) for layer in range(attention.n_layers) for head in range(attention.n_heads)]
    return address.choice(
        "of",
        heads,
        heads[0],
        lambda key: st.selectbox("Head", heads, key=key, format_func=lambda each: f"Layer {each[0]}, head {each[1]}"),
        what="head",
        spell=lambda each: f"{each[0]}.{each[1]}",
    )


def _draw_rotary_scores(
    view: View,
    pair_of_vectors: tuple[np.ndarray, np.ndarray],
    places: tuple[int, int],
    pair: int,
    rotary: RotaryPositions,
    vectors: HeadVectors,
    *,
    causal: bool,
) -> None:
    query, key = pair_of_vectors
    n_pairs, n_tokens = len(rotary.frequencies), len(vectors.query)
    farthest = max(LEAST_DISTANCES, n_tokens - 1)
    distances = np.arange(0 if causal else -farthest, farthest + 1)
    scores = rotary_scores(query, key, distances, rotary.frequencies, vectors.scale)
    one = [pair, pair + n_pairs]
    of_pair = rotary_scores(query[one], key[one], distances, rotary.frequencies[[pair]], vectors.scale)
    real = places[0] - places[1]
    real_score = float((vectors.query[places[0]] @ vectors.key[places[1]]) * vectors.scale)
    x = distances.astype(float)
    curves(
        pack_lines(
            [
                Line(x=x, y=scores, series=0, name="score of this query and key"),
                Line(x=x, y=of_pair, series=1, style="dashed", name=f"what pair {pair} adds to it"),
                Line(
                    x=np.array([float(real)]), y=np.array([real_score]), series=6, style="dots", name="in this sentence"
                ),
            ],
            x_name="distance: the query’s position minus the key’s",
            y_name="Score",
        ),
        key="rotary-scores",
    )
    st.markdown(
        f"The same query and key at other distances. In this sentence they stand {abs(real)} apart and the model’s own "
        f"score is {minus(real_score, 3)}, before softmax."
    )
    downloads(
        view,
        "rotary-scores",
        lambda: {"distance": distances, "score": scores, f"score_of_pair_{pair}": of_pair},
    )


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
