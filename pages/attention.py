"""Which tokens does each head read from?"""

import streamlit as st

from pages._heads import draw_explorer, heads_of, pick_attention
from pages._shared import explain, open_page
from viz.explorer import explorer_html

view = open_page("attention", strip=False)
attention = pick_attention(view)
draw_explorer([(view.trace, attention)], "explore")
st.download_button(
    "The whole explorer as one HTML file",
    data=lambda: explorer_html(heads_of(view.trace, attention)),
    file_name=f"headlight-attention-{attention.kind}.html",
    mime="text/html",
    on_click="ignore",
    icon=":material/download:",
    type="tertiary",
    help="It opens without a network, with every head of this sentence.",
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
