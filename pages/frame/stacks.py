"""Which column of an encoder-decoder a page draws."""

import streamlit as st

from headlight.model.trace import Stack, Trace
from headlight.pages.frame import address


def pick_stack(trace: Trace) -> Stack:
    """Return the only stack, or the one that is chosen."""
    stacks = {stack.name: stack for stack in trace.stacks}
    names = tuple(stacks)
    if len(names) == 1:
        return trace.stacks[0]
    name = address.choice(
        "stack",
        names,
        names[0],
        lambda key: st.segmented_control(
            "Whose tokens", names, key=key, required=True, format_func=lambda each: f"{each.capitalize()} reads"
        ),
        what="stack",
    )
    return stacks[name]
