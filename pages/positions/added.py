"""Positions that are added to the embeddings, learned or sinusoids: the table, the sum, likeness, lengths."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from jaxtyping import Float

from headlight.model import questions
from headlight.model.science.positions import Measure, by_distance, similarity, sinusoid_layout, sinusoids
from headlight.model.trace import Stack
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import curves, matrices
from headlight.pages.frame.view import View, labels
from headlight.pages.positions.places import colour_limit, minus, pick_token, place_axes, rounding, words
from headlight.viz.addition import Term, addition
from headlight.viz.heatmap import Axes, Map, pack
from headlight.viz.lines import Line, pack_lines
from headlight.viz.table import long_form

MOST_ROWS = 256  # of a table, and columns too: what a screen has pixels for
MOST_COMPARED = 128
N_ON_PAPER = 8
MEASURES: tuple[Measure, ...] = ("cosine", "centred cosine", "dot product")
MEASURE_NOTES: dict[Measure, str] = {
    "cosine": "The cosine says how far two vectors point the same way, as they are: nothing is taken off first, so a "
    "part that all vectors share lifts every cosine.",
    "centred cosine": "Here the mean of all these vectors is taken off each one first: what they all share no longer "
    "counts as likeness.",
    "dot product": "The dot product also grows with the lengths of the vectors, so long vectors stand out.",
}


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
