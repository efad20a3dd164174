"""The tokens of the vocabulary that point most nearly the same way as a chosen one."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.errors import NotShownError
from headlight.model.reading.tokens import spell
from headlight.model.trace import Stack
from headlight.pages.embeddings.extra_words import ExtraWord
from headlight.pages.embeddings.point_groups import distinct
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.view import View, labels
from headlight.viz.escape import markdown_text
from headlight.viz.gauges import neighbours

N_NEIGHBOURS = 8
Chosen = int | ExtraWord  # a token of the sentence, by its position, or an extra word


@st.fragment
def draw_neighbours(view: View, stack: Stack, words: Sequence[ExtraWord]) -> None:
    """Draw the tokens of the vocabulary that point most nearly the same way as a chosen one."""
    st.subheader("Nearest in the vocabulary", anchor=False)
    left, right = st.columns([2, 3])
    with left:
        chosen = pick_token(stack, words)
        vector, own = (
            (chosen.vector, chosen.ids)
            if isinstance(chosen, ExtraWord)
            else (stack.token_embeddings[chosen], (int(stack.ids[chosen]),))
        )
        try:
            near = questions.neighbours(view.trace, vector, N_NEIGHBOURS, without=own)
        except NotShownError as error:
            st.info(markdown_text(str(error)), icon=":material/info:")
            return
        all_ids = [*near.ids.tolist(), near.first]
        pieces = [spell(piece) or "(no text)" for piece in questions.pieces_of(view.trace, all_ids)]
        if isinstance(chosen, ExtraWord) and chosen.is_sum:
            st.markdown(
                f"Nearest of all to the sum is “{markdown_text(pieces[-1])}” ({near.first_cosine:.2f}). The words that "
                "went into it usually are, so they are left out of the list. What comes first is what this model "
                "gives, not what a textbook promises."
            )
        else:
            st.markdown(
                "One word can stand in the list several times: with a space in front (␣), with a capital, in the "
                "plural. They are tokens of their own, and training gave each its own vector."
            )
    with_middle = [*near.cosines.tolist(), near.median]
    with right:
        st.html(
            neighbours(
                pieces[:-1],
                with_middle,
                np.degrees(np.arccos(with_middle)).tolist(),
                rest="the median of all",
            )
        )
    downloads(
        view,
        "neighbours",
        lambda: {
            "rank": range(1, len(near.ids) + 1),
            "id": near.ids,
            "piece": pieces[:-1],
            "cosine": near.cosines,
            "degrees": np.degrees(np.arccos(near.cosines)),
        },
    )


def pick_token(stack: Stack, words: Sequence[ExtraWord]) -> Chosen:
    """Show the choice of a token or an extra word and return it. Until one is chosen: the sum, or the longest token."""
    titles, places = labels(stack), sorted(distinct(stack.token_embeddings), key=lambda each: stack.special[each])
    by_name: dict[str, Chosen] = {str(position): position for position in places}
    by_name |= {f"+{word.name}": word for word in words}
    a_sum = next((word for word in words if word.is_sum), None)
    typed = [position for position in places if not stack.special[position]] or places
    longest = max(typed, key=lambda position: len(titles[position]))
    at_first: Chosen = longest if a_sum is None else a_sum

    def title(name: str) -> str:
        chosen = by_name.get(name, at_first)
        spelled = chosen.name if isinstance(chosen, ExtraWord) else titles[chosen]
        if not name:
            return f"{spelled} ({'the longest token' if a_sum is None else 'your sum'})"
        return spelled if isinstance(chosen, ExtraWord) else f"{spelled} (token {chosen})"

    names = ["", *by_name]
    name = address.choice(
        "token",
        names,
        "",
        lambda key: st.selectbox("Neighbours of", names, key=key, format_func=title),
        what="token",
    )
    return by_name.get(name, at_first)
