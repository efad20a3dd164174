"""Which tokens does each head read from?"""

import numpy as np
import streamlit as st

from model.trace import Attention
from pages import _address
from pages._heads import axes_of, masked_weights, pick_attention
from pages._shared import View, downloads, explain, matrices, open_page
from viz.heatmap import Map, Words, pack
from viz.table import Columns, long_form


def layer_columns(view: View, attention: Attention, layer: int) -> Columns:
    """Return all weights of a layer, one line a cell."""
    axes = axes_of(view.trace, attention)
    tables = [
        long_form(weights, axes.rows, axes.columns, names=("query", "key", "weight"))
        for weights in masked_weights(attention, layer)
    ]
    n_cells = len(axes.rows) * len(axes.columns)
    return {
        "layer": np.full(n_cells * len(tables), layer),
        "head": np.repeat(np.arange(len(tables)), n_cells),
        **{name: np.concatenate([np.asarray(table[name]) for table in tables]) for name in tables[0]},
    }


view = open_page("attention")
attention = pick_attention(view)
layer = _address.choice(
    "layer",
    range(attention.n_layers),
    0,
    lambda key: st.segmented_control("Layer", range(attention.n_layers), key=key, required=True),
    what="layer",
)
axes = axes_of(view.trace, attention)
matrices(
    pack(
        [
            Map(name=f"Layer {layer}, head {head}", thumb=f"Head {head}", values=weights, axes=axes)
            for head, weights in enumerate(masked_weights(attention, layer))
        ],
        layout="pick",
        words=Words(),
        parameter="head",
    ),
    key=f"attention-{attention.kind}",
)
downloads(view, f"attention-{attention.kind}-layer-{layer}", lambda: layer_columns(view, attention, layer))
sums = attention.weights[layer].sum(axis=-1)
if sums.min() < 0.99:
    st.info(
        f"Rows of this layer sum to {sums.min():.2f} up to {sums.max():.2f}: the rest goes to a sink that is no token.",
        icon=":material/water_drop:",
    )
if view.facts.n_kv_heads < view.facts.n_heads:
    st.markdown(
        f"This model has {view.facts.n_heads} query heads that share {view.facts.n_kv_heads} sets of keys and values."
    )
explain(
    "Each row is a token that reads (the query), each column a token that is read (the key). The colour is the weight, "
    "always on the same scale from 0 to 1, and each row adds up to 1. Pick a head on the left. The map shows where a "
    "head reads from, not what it does with it and not why the model answered: a large weight on a small value moves "
    "little.",
    ("attention map", "query", "key", "weights", "head", "layer", "mask", "attention sink"),
)
