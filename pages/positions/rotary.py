"""Positions that turn queries and keys: rotary."""

import math

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.science.attention import HeadVectors
from headlight.model.science.positions import RotaryPositions, rotary_scores, rotate
from headlight.model.trace import Attention, Stack
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View, explained, labels
from headlight.pages.positions.axes import LEAST_DISTANCES, place_axes
from headlight.pages.positions.choices import pick_token
from headlight.pages.positions.wording import minus
from headlight.viz.heatmap import Map, Words, pack
from headlight.viz.lines import Line, pack_lines
from headlight.viz.rotation import rotation


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
