"""BertViz's own views of an attention."""

import streamlit as st

from headlight.model.trace import Attention
from headlight.pages.frame.view import View, labels
from headlight.viz import bertviz


def draw_bertviz(view: View, attention: Attention, look: bertviz.View) -> None:
    """Draw BertViz's own view of as many tokens as it can stand."""
    n_layers, n_heads = attention.n_layers, attention.n_heads
    most = bertviz.tokens_that_fit(n_layers, n_heads, look)
    queries, keys = (labels(view.trace.stack_of(attention.kind, axis))[:most] for axis in ("query", "key"))
    n_tokens = max(len(attention.query_tokens), len(attention.key_tokens))
    if n_tokens > most:
        st.info(
            f"BertViz draws a line for each weight, {n_layers * n_heads * n_tokens**2:,} here, and would freeze: it "
            f"gets the first {most} of {n_tokens} tokens. The explorer shows them all.",
            icon=":material/content_cut:",
        )
    page = bertviz.bertviz_html(
        attention.weights[:, :, : len(queries), : len(keys)],
        queries,
        keys,
        view=look,
        name="Cross" if attention.kind == "cross" else None,
    )
    st.iframe(page, height=bertviz.height_of(n_layers, n_heads, max(len(queries), len(keys)), look))
    st.markdown(
        "This is [BertViz](https://github.com/jessevig/bertviz) as it is (Vig 2019), drawn from the same numbers. In "
        "the head view a colour is a head: a click on a square takes it away or back, a double click leaves it alone. "
        "In the model view a click on a picture opens it."
    )
    st.download_button(
        "This view as one HTML file",
        data=page,
        file_name=f"headlight-bertviz-{look}-{attention.kind}.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )
