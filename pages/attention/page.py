"""Which tokens does each head read from?"""

from typing import Literal

import streamlit as st

from headlight.explorer import MOST_VECTOR_BYTES
from headlight.model.trace import Attention
from headlight.pages.attention.bertviz_views import draw_bertviz
from headlight.pages.frame import address
from headlight.pages.frame.closing import explain
from headlight.pages.frame.explorer import draw_explorer, opened_heads, pick_attention, saved_page
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.view import View

Look = Literal["explorer", "head", "model"]
LOOKS: dict[Look, str] = {"explorer": "Explorer", "head": "BertViz head view", "model": "BertViz model view"}


def draw_ours(view: View, attention: Attention) -> None:
    """Draw the explorer, and offer it as a file."""
    draw_explorer([(view.trace, attention)], "explore")
    opened = opened_heads()  # the file is made outside this session's run
    st.download_button(
        "The whole explorer as one HTML file",
        data=lambda: saved_page(view.trace, attention, opened),
        file_name=f"headlight-attention-{attention.kind}.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
        help="It opens without a network, with every head of this sentence. Its microscope has the vectors of every "
        f"head, or of as many as fit into {MOST_VECTOR_BYTES // 1_000_000} MB: those you looked into last come first.",
    )


view = open_page("attention", strip=False)
attention = pick_attention(view)
look: Look = address.choice(
    "look",
    tuple(LOOKS),
    "explorer",
    lambda key: st.segmented_control(
        "View", tuple(LOOKS), key=key, required=True, format_func=LOOKS.__getitem__, label_visibility="collapsed"
    ),
    what="view",
)
if look == "explorer":
    draw_ours(view, attention)
else:
    draw_bertviz(view, attention, look)
if attention.kind == "cross":
    st.markdown(
        "A row is a token that the decoder has read, and shows where it looks in the other text to write the next one: "
        "what it looks at to write a word stands one row above that word."
    )
sums = attention.weights.sum(axis=-1)
if sums.min() < 0.99:
    st.info(
        f"Rows of this model sum to {sums.min():.2f} up to {sums.max():.2f}: the rest goes to a sink that is no token.",
        icon=":material/water_drop:",
    )
if view.facts.n_kv_heads < view.facts.n_heads:
    st.markdown(
        f"This model has {view.facts.n_heads} query heads that share {view.facts.n_kv_heads} sets of keys and values."
    )
explain(
    "Each row of a map is a token that reads (the query), each column a token that is read (the key). The colour is "
    "the weight, always on the same scale from 0 to 1, and each row adds up to 1. Pick a head in the grid; point at a "
    "word to light up its row and column in every head at once. A map shows where a head reads from, not what it does "
    "with it and not why the model answered: a large weight on a small value moves little.",
    ("attention map", "query", "key", "value", "weights", "head", "layer", "mask", "attention sink"),
)
