"""What is drawn on the Embeddings page: whose vectors, of what kind, and which extra words."""

import numpy as np
import streamlit as st
from jaxtyping import Float

from headlight.model.trace import Stack, Trace
from headlight.pages.embeddings.extra_words import LONGEST_WORD, MOST_WORDS, ExtraWord, look_up, parse
from headlight.pages.frame import address
from headlight.viz.escape import markdown_text


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
