"""What the pages about attention share: which attention, its axes, and the cells its mask hides."""

import numpy as np
import streamlit as st
from jaxtyping import Float

from model.attention import seen_cells
from model.trace import Attention, AttentionKind, Trace
from pages import _address
from pages._shared import View, labels
from viz.heatmap import Axes

ATTENTION_NAMES: dict[AttentionKind, str] = {
    "encoder": "Encoder reads itself",
    "decoder": "Decoder reads itself",
    "cross": "Decoder reads encoder",
}


def masked_weights(attention: Attention, layer: int) -> Float[np.ndarray, "head query key"]:
    """Return a layer's weights with NaN where the mask hides a key."""
    weights = attention.weights[layer]
    return np.where(seen_cells(weights, causal=attention.causal), weights, np.nan)


def axes_of(trace: Trace, attention: Attention) -> Axes:
    """Return the tokens of both axes, special ones marked."""
    query, key = trace.stack_of(attention.kind, "query"), trace.stack_of(attention.kind, "key")
    return Axes(
        rows=labels(query), columns=labels(key), rows_marked=query.special.tolist(), columns_marked=key.special.tolist()
    )


def pick_attention(view: View, name: str = "kind", what: str = "Attention") -> Attention:
    """Return the attention to draw: the only one, or the one chosen. Stops a page whose model has none."""
    found = {attention.kind: attention for attention in view.trace.attentions}
    if not found:
        st.info(
            "This model has no attention: it carries what it read along from token to token instead of looking back. "
            "Choose another model to see attention maps.",
            icon=":material/visibility_off:",
        )
        st.stop()
    kinds = list(found)
    if len(kinds) == 1:
        return found[kinds[0]]
    kind = _address.choice(
        name,
        kinds,
        kinds[0],
        lambda key: st.segmented_control(
            what, kinds, key=key, required=True, format_func=ATTENTION_NAMES.__getitem__, label_visibility="collapsed"
        ),
        what="kind of attention",
    )
    return found[kind]
