"""What is drawn on the Positions page: a token of the sentence."""

import streamlit as st

from headlight.model.trace import Stack
from headlight.pages.frame import address
from headlight.pages.frame.view import labels


def pick_token(stack: Stack, name: str, label: str, options: range, default: int) -> int:
    """Ask for a token of the sentence; return its position."""
    tokens = labels(stack)
    return address.choice(
        name,
        options,
        default,
        lambda key: st.selectbox(label, options, key=key, format_func=lambda place: f"{place}  {tokens[place]}"),
        what="token",
    )
