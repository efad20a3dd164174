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
from headlight.pages.frame.view import View
from headlight.pages.positions.added import Table, draw_lengths, draw_likeness, draw_sum, draw_table
from headlight.pages.positions.in_scores import draw_alibi, draw_relative, draw_rotary
from headlight.pages.positions.sinusoids import draw_sinusoids
from headlight.viz.escape import markdown_text


def pick_stack(view: View) -> Stack:
    """Return the only stack, or the one that is chosen."""
    stacks = {stack.name: stack for stack in view.trace.stacks}
    if len(stacks) == 1:
        return view.stack
    name = address.choice(
        "stack",
        tuple(stacks),
        view.stack.name,
        lambda key: st.segmented_control(
            "Stack", tuple(stacks), key=key, required=True, format_func=lambda each: f"The {each}"
        ),
        what="stack",
    )
    return stacks[name]


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
stack = pick_stack(view)
positions = positions_of(view, stack)
sections = sections_of(view, stack, positions)
# All are drawn, so that the browser changes between them at once; the address remembers the one that is open.
for tab, draw in zip(st.tabs(list(sections), key="section", bind="query-params"), sections.values(), strict=True):
    with tab:
        draw()
match positions:
    case AddedPositions():
        caption = (
            "In the tables each row is a position and each column a dimension; orange is above 0, blue below, and a "
            "bar at the left marks the rows this sentence uses. The vectors are the same for every sentence: they "
            "know the place and nothing of the token that stands there. They show what the model is given, not what "
            "it makes of it: whether a head uses the place is seen on the Attention page."
        )
    case None if not view.trace.attentions:
        caption = (
            "A model that reads one token after the other needs no positions: the order is in the reading. The "
            "attention of an encoder reads all tokens at once and could not tell “dog bites man” from “man bites dog” "
            "if nothing told it the places, which is what the sinusoids were made for. They are shown as that lesson "
            "and are not part of the chosen model."
        )
    case None:
        caption = "The sinusoids are shown as the general lesson; they are not part of the chosen model."
    case _:
        caption = (
            "This model adds nothing to the embeddings: the place comes in where scores are made, in every layer and "
            "head. The figures show what is done to the scores, not how much a head lets itself be moved by it. The "
            "sinusoids are shown for comparison; they are not part of this model."
        )
explain(
    caption,
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
