"""How near are the vectors of two tokens, and what does that nearness mean?"""

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.answers import WordSpace
from headlight.model.trace import Trace
from headlight.pages.embeddings.angles import draw_angles
from headlight.pages.embeddings.choices import ask_for_words, pick_vectors
from headlight.pages.embeddings.neighbours import draw_neighbours
from headlight.pages.embeddings.picture import draw_gauges, draw_picture
from headlight.pages.embeddings.point_groups import distinct, groups_of
from headlight.pages.frame.closing import explain
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.stacks import pick_stack
from headlight.pages.frame.view import explained


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
