"""What the page says of a model that predicts no next token."""

import streamlit as st

from headlight.model.admitting.facts import NO_MASK
from headlight.pages.frame.registry import page_at
from headlight.pages.frame.view import View, labels
from headlight.viz.chips import token_strip


def no_next_token(view: View) -> None:
    """Say what a model without a language-model head does instead, and where to look."""
    sentence = (
        "This model predicts no next token. It is an encoder: it reads the whole sentence in both directions at once "
        "and gives a vector for every token, so nothing is left to be foreseen."
        if view.facts.kind == "encoder"
        else "This model has no language-model head, the part that turns its last vector into a number for every "
        "token, so it predicts no next token."
    )
    if NO_MASK in view.facts.cannot_show:
        sentence += f" {NO_MASK}"
    st.html(token_strip(labels(view.stack), view.stack.special.tolist()))
    st.info(f"{sentence} Choose another model, or see what this one does with the sentence:", icon=":material/info:")
    for path in ("tokens", "embeddings", *(["attention"] if view.trace.attentions else [])):
        entry = page_at(path)
        st.page_link(entry.file, label=entry.title, icon=":material/arrow_forward:")
