"""How near are the vectors of two tokens, and what does that nearness mean?"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from jaxtyping import Float

from headlight.model import questions
from headlight.model.answers import WordSpace
from headlight.model.errors import NotShownError
from headlight.model.reading.tokens import spell
from headlight.model.science.projection import (
    Basis,
    angles,
    explained_by_chance,
    explained_by_own_axes,
    limits,
)
from headlight.model.trace import Stack, Trace
from headlight.pages.embeddings.extra_words import LONGEST_WORD, MOST_WORDS, ExtraWord, look_up, parse
from headlight.pages.embeddings.points import distinct, groups_of, point_columns
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads, explain
from headlight.pages.frame.components import keep_camera, matrices
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.view import View, explained, labels
from headlight.viz.escape import markdown_text
from headlight.viz.gauges import Gauge, against_chance, neighbours
from headlight.viz.heatmap import Axes, Map, Words, pack
from headlight.viz.scatter import CONFIG, Points, scatter
from headlight.viz.table import Columns, long_form
from headlight.viz.theme import palette

N_NEIGHBOURS = 8
MOST_DEPTHS = 8  # maps of angles after a layer; a deeper model's are spread over its layers

Chosen = int | ExtraWord  # a token of the sentence, by its position, or an extra word


def pick_stack(trace: Trace) -> Stack:
    """Return the stack to draw: the only one, or the one chosen."""
    if len(trace.stacks) == 1:
        return trace.stacks[0]
    names = [stack.name for stack in trace.stacks]
    name = address.choice(
        "stack",
        names,
        names[0],
        lambda key: st.segmented_control(
            "Whose tokens", names, key=key, required=True, format_func=lambda each: f"{each.capitalize()} reads"
        ),
        what="stack",
    )
    return next(stack for stack in trace.stacks if stack.name == name)


def pick_vectors(stack: Stack) -> Float[np.ndarray, "token d_model"]:
    """Return the vectors to draw: the token's alone or, where a position is added, the sum."""
    if stack.position_embeddings is None:
        return stack.token_embeddings
    what = address.choice(
        "vectors",
        ("token", "sum"),
        "token",
        lambda key: st.segmented_control(
            "What is drawn",
            ("token", "sum"),
            key=key,
            required=True,
            format_func={"token": "Token", "sum": "Token + position"}.__getitem__,
        ),
        what="kind of vector",
    )
    return stack.token_embeddings if what == "token" else stack.token_embeddings + stack.position_embeddings


def ask_for_words(trace: Trace) -> list[ExtraWord]:
    """Show the box for extra words, say how they were read, and return them."""
    text = address.text_choice("words", "Words to compare", placeholder="king queen, or king - man + woman")
    asked, n_left_out = parse(text)
    words = look_up(trace, asked)
    notes = [
        f"“{markdown_text(word.name)}” is {len(word.pieces)} tokens ({markdown_text(' | '.join(word.pieces))}): "
        "the mean of their vectors is shown."
        for word in words
        if len(word.pieces) > 1
    ]
    if n_left_out:
        notes.append(f"Only the first {MOST_WORDS} words are shown: {n_left_out:,} were left out.")
    if any(len(part) > LONGEST_WORD for part in text.split()):
        notes.append(f"A word longer than {LONGEST_WORD} characters is cut to that.")
    if notes:
        st.caption("  \n".join(notes))
    return words


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


def pick_token(stack: Stack, words: Sequence[ExtraWord]) -> Chosen:
    """Show the choice of a token or an extra word and return it. Until one is chosen: the sum, or the longest token."""
    titles, places = labels(stack), sorted(distinct(stack.token_embeddings), key=lambda each: stack.special[each])
    by_name: dict[str, Chosen] = {str(position): position for position in places}
    by_name |= {f"+{word.name}": word for word in words}
    a_sum = next((word for word in words if word.is_sum), None)
    typed = [position for position in places if not stack.special[position]] or places
    longest = max(typed, key=lambda position: len(titles[position]))
    at_first: Chosen = longest if a_sum is None else a_sum

    def title(name: str) -> str:
        chosen = by_name.get(name, at_first)
        spelled = chosen.name if isinstance(chosen, ExtraWord) else titles[chosen]
        if not name:
            return f"{spelled} ({'the longest token' if a_sum is None else 'your sum'})"
        return spelled if isinstance(chosen, ExtraWord) else f"{spelled} (token {chosen})"

    names = ["", *by_name]
    name = address.choice(
        "token",
        names,
        "",
        lambda key: st.selectbox("Neighbours of", names, key=key, format_func=title),
        what="token",
    )
    return by_name.get(name, at_first)


@st.fragment
def draw_neighbours(view: View, stack: Stack, words: Sequence[ExtraWord]) -> None:
    """Draw the tokens of the vocabulary that point most nearly the same way as a chosen one."""
    st.subheader("Nearest in the vocabulary", anchor=False)
    left, right = st.columns([2, 3])
    with left:
        chosen = pick_token(stack, words)
        vector, own = (
            (chosen.vector, chosen.ids)
            if isinstance(chosen, ExtraWord)
            else (stack.token_embeddings[chosen], (int(stack.ids[chosen]),))
        )
        try:
            near = questions.neighbours(view.trace, vector, N_NEIGHBOURS, without=own)
        except NotShownError as error:
            st.info(markdown_text(str(error)), icon=":material/info:")
            return
        all_ids = [*near.ids.tolist(), near.first]
        pieces = [spell(piece) or "(no text)" for piece in questions.pieces_of(view.trace, all_ids)]
        if isinstance(chosen, ExtraWord) and chosen.is_sum:
            st.markdown(
                f"Nearest of all to the sum is “{markdown_text(pieces[-1])}” ({near.first_cosine:.2f}). The words that "
                "went into it usually are, so they are left out of the list. What comes first is what this model "
                "gives, not what a textbook promises."
            )
        else:
            st.markdown(
                "One word can stand in the list several times: with a space in front (␣), with a capital, in the "
                "plural. They are tokens of their own, and training gave each its own vector."
            )
    with_middle = [*near.cosines.tolist(), near.median]
    with right:
        st.html(
            neighbours(
                pieces[:-1],
                with_middle,
                np.degrees(np.arccos(with_middle)).tolist(),
                rest="the median of all",
            )
        )
    downloads(
        view,
        "neighbours",
        lambda: {
            "rank": range(1, len(near.ids) + 1),
            "id": near.ids,
            "piece": pieces[:-1],
            "cosine": near.cosines,
            "degrees": np.degrees(np.arccos(near.cosines)),
        },
    )


def space_of(trace: Trace) -> WordSpace:
    """Return where the vectors of the model's vocabulary lie. Stops the page when that cannot be had."""
    with explained():
        return questions.word_space(trace)
    return st.stop()


view = open_page("embeddings")
space = space_of(view.trace)
basis = space.basis
left, right = st.columns([3, 2])
with left:
    words = ask_for_words(view.trace)
with right:
    stack = pick_stack(view.trace)
    vectors = pick_vectors(stack)
groups = groups_of(stack, vectors, words, basis)
left, right = st.columns([3, 2])
with left:
    draw_picture(view, groups, space)
with right:
    points = np.concatenate([vectors[list(distinct(vectors))], *(word.vector[None] for word in words)])
    draw_gauges(points, basis)
draw_neighbours(view, stack, words)
draw_angles(view, stack, words, basis)
explain(
    "Each point is the vector of one token. The picture keeps three directions of it, set once by the vocabulary, so a "
    "point never moves because of the others. The paler a point, the less of its vector is in the picture. Turn it "
    "with the pointer; each axis has its own scale. Near in the picture need not be near: the angle, measured with all "
    "the numbers, decides. A small angle means that training used two tokens alike, not that they mean the same.",
    (
        "embedding",
        "d_model",
        "projection",
        "PCA",
        "explained variance",
        "cosine",
        "angle",
        "nearest neighbours",
        "hidden state",
    ),
)
