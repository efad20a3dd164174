"""Token + position = input, and which of the two is longer."""

import numpy as np
import streamlit as st
from jaxtyping import Float

from headlight.model import questions
from headlight.model.trace import Stack
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View, labels
from headlight.pages.positions.axes import colour_limit, words
from headlight.pages.positions.choices import pick_token
from headlight.pages.positions.table import MOST_ROWS
from headlight.pages.positions.wording import rounding
from headlight.viz.addition import Term, addition
from headlight.viz.heatmap import Axes, Map, pack
from headlight.viz.lines import Line, pack_lines

N_ON_PAPER = 8


def draw_sum(view: View, stack: Stack, vectors: Float[np.ndarray, "token d_model"]) -> None:
    """Draw token + position (+ type) = input for one token, on one scale and with the first numbers on paper."""
    st.subheader("Token + position = input", anchor=False)
    if stack.token_embeddings.shape != vectors.shape:
        st.info(
            "This model brings its token vectors to another length before positions are added, so they cannot be "
            "drawn under each other."
        )
        return
    place = pick_token(stack, "token", "Token", range(len(stack.tokens)), min(3, len(stack.tokens) - 1))
    parts = [("token", stack.token_embeddings), ("position", vectors)]
    if stack.type_embeddings is not None:
        parts.append(("type", stack.type_embeddings))
    summed = np.stack([part for _, part in parts]).sum(axis=0)  # (token, d_model)
    limit = colour_limit(np.concatenate([summed, *(part for _, part in parts)]))
    after = None if _is_input(stack, summed) else stack.hidden_states[0]
    terms = _terms(stack, place, parts, summed, after)
    columns = range(min(MOST_ROWS, stack.d_model))
    values = np.stack([term.values[: len(columns)] for term in terms])
    cells = Map(
        name=f"Position {place}, “{labels(stack)[place]}”",
        values=values,
        axes=Axes(rows=[f"{term.sign} {term.name}".strip() for term in terms], columns=[""] * len(columns)),
        scale="difference",
        low=-limit,
        high=limit,
        cells="stretched",
    )
    spoken = words(values, limit, row="row", column="dimension", verb="has in", value="value")
    matrices(pack([cells], words=spoken), key="positions-sum")
    st.html(addition([Term(sign=t.sign, name=t.name, values=t.values[:N_ON_PAPER]) for t in terms]))
    st.markdown(_sum_note(view, stack, summed))
    downloads(
        view,
        f"positions-sum-{stack.name}-{place}",
        lambda: {
            "dimension": range(stack.d_model),
            **{name: part[place] for name, part in parts},
            "sum": summed[place],
            "input_of_layer_0": stack.hidden_states[0][place],
        },
    )


def _is_input(stack: Stack, summed: np.ndarray) -> bool:
    """Return whether nothing stands between the sum and the first layer."""
    first = stack.hidden_states[0]
    return summed.shape == first.shape and bool(np.allclose(summed, first, rtol=1e-5, atol=1e-5))


def _terms(
    stack: Stack, place: int, parts: list[tuple[str, np.ndarray]], summed: np.ndarray, after: np.ndarray | None
) -> list[Term]:
    names = {"token": "token", "position": f"position {place}", "type": "type"}
    terms = [Term(sign="+" if i else "", name=names[name], values=part[place]) for i, (name, part) in enumerate(parts)]
    terms.append(Term(sign="=", name="sum" if after is not None else "input", values=summed[place]))
    if after is not None and after.shape == summed.shape:
        terms.append(Term(sign="→", name="input", values=after[place]))
    return terms


def _sum_note(view: View, stack: Stack, summed: np.ndarray) -> str:
    sentences = [
        f"The first {min(N_ON_PAPER, stack.d_model)} of {stack.d_model:,} numbers, each rounded by itself: add them up "
        "in your head and the last digit may be out by one."
    ]
    scale = questions.embedding_scale(view.trace, stack)
    if scale is not None and abs(scale - 1) > 1e-3:
        root = f", the square root of d_model = {stack.d_model}" if abs(scale - stack.d_model**0.5) < 1e-2 else ""
        sentences.append(f"The token’s row of the embedding matrix was first multiplied by {scale:.4g}{root}.")
    if stack.type_embeddings is not None:
        sentences.append("The type vector says which of two texts a token belongs to; here it is the same for all.")
    if _is_input(stack, summed):
        gap = float(np.abs(summed - stack.hidden_states[0]).max())
        off = "" if gap == 0 else f" (they differ by {rounding(gap)}, which is rounding)"
        sentences.append(f"The sum is exactly what enters layer 0 of the model, for every token of this sentence{off}.")
    else:
        sentences.append(
            "The sum is not yet what enters layer 0: this model first puts it through one more step (in BERT and BART "
            "a norm, which brings every vector to a standard size). The last row is what comes out of it."
        )
    return " ".join(sentences)


def draw_lengths(view: View, stack: Stack, vectors: Float[np.ndarray, "token d_model"]) -> None:
    """Draw how long token and position vectors are: which of the two can say more in the sum."""
    st.subheader("How long are the vectors?", anchor=False)
    token_lengths = np.linalg.norm(stack.token_embeddings, axis=1)  # (token,)
    place_lengths = np.linalg.norm(vectors, axis=1)  # (token,)
    places = np.arange(len(token_lengths), dtype=float)
    curves(
        pack_lines(
            [
                Line(x=places, y=token_lengths, series=0, style="dots", name="token vector"),
                Line(x=places, y=place_lengths, series=1, style="dots", name="position vector"),
            ],
            x_name="position in the sentence",
            y_name="Length",
            height_rem=9,
        ),
        key="positions-lengths",
    )
    st.markdown(
        f"In this sentence token vectors are {token_lengths.mean():.2f} long on average and position vectors "
        f"{place_lengths.mean():.2f}. In the sum the longer one has the louder voice."
    )
    downloads(
        view,
        f"positions-lengths-{stack.name}",
        lambda: {
            "position": range(len(places)),
            "token": labels(stack),
            "length_of_token_vector": token_lengths,
            "length_of_position_vector": place_lengths,
        },
    )
