"""How does the model know where in the sentence a token stands?"""

from collections.abc import Callable

import streamlit as st

from headlight.model import questions
from headlight.model.errors import NotShownError
from headlight.model.science.positions import (
    AddedPositions,
    AlibiPositions,
    Positions,
    RelativePositions,
    RotaryPositions,
)
from headlight.model.trace import Stack
from headlight.pages.frame import address
from headlight.pages.frame.closing import explain
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.stacks import pick_stack
from headlight.pages.frame.view import View
from headlight.pages.positions.addition import draw_lengths, draw_sum
from headlight.pages.positions.biases import draw_alibi, draw_relative
from headlight.pages.positions.captions import caption_for
from headlight.pages.positions.likeness import draw_likeness
from headlight.pages.positions.rotary import draw_rotary
from headlight.pages.positions.sinusoids import draw_sinusoids
from headlight.pages.positions.table import Table, draw_table
from headlight.viz.escape import markdown_text


def sections_of(view: View, stack: Stack, positions: Positions | None) -> dict[str, Callable[[], None]]:
    """Return what there is to draw, by title: the model's own way of telling positions, and that of 2017."""
    own: dict[str, Callable[[], None]] = {}
    match positions:
        case AddedPositions():
            table = Table(stack=stack, vectors=positions.vectors, learned=positions.learned)
            read = stack.position_embeddings
            here = positions.vectors[: len(stack.tokens)] if read is None else read
            own = {
                "Position vectors": lambda: draw_table(view, table),
                "Token + position": lambda: draw_sum(view, stack, here),
                "How alike?": lambda: draw_likeness(view, table),
                "How long?": lambda: draw_lengths(view, stack, here),
            }
        case RotaryPositions():
            own = {"Rotary positions": lambda: draw_rotary(view, stack, positions)}
        case RelativePositions():
            own = {"Relative positions": lambda: draw_relative(view, stack, positions)}
        case AlibiPositions():
            own = {"ALiBi": lambda: draw_alibi(view, stack, positions)}
    return own | {"Sinusoids of 2017": lambda: draw_sinusoids(view, stack)}


def positions_of(view: View, stack: Stack) -> Positions | None:
    """Return the model's own way of telling positions; say why when there is none to draw."""
    try:
        return questions.positions(view.trace, stack.name)
    except NotShownError as error:
        st.info(markdown_text(str(error)), icon=":material/visibility_off:")
        return None


view = open_page("positions")
stack = pick_stack(view.trace)
positions = positions_of(view, stack)
sections = sections_of(view, stack, positions)
# All are drawn, so that the browser changes between them at once; the address remembers the one that is open.
for tab, draw in zip(address.tabs("section", list(sections)), sections.values(), strict=True):
    with tab:
        draw()
explain(
    caption_for(positions, has_attention=bool(view.trace.attentions)),
    (
        "position embedding",
        "sinusoid",
        "dimension",
        "cosine",
        "dot product",
        "rotary",
        "relative bias",
        "ALiBi",
        "score",
    ),
)
