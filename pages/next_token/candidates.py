"""The candidates for the next token, or for a blank, with the controls that sharpen and filter them."""

from functools import partial

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.science.distribution import MOST_TEMPERATURE, Settings, likeliest, next_token
from headlight.pages.frame import address
from headlight.pages.frame.address import Number
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import candidate_bars
from headlight.pages.frame.view import View
from headlight.pages.next_token import blank as hiding
from headlight.pages.next_token import writing
from headlight.pages.next_token.blank import Blank
from headlight.viz.bars import N_NAMED, Candidate, Controls, pack
from headlight.viz.table import Columns

KEY = "next-token"
NAMES = ("temperature", "top_k", "top_p")


def chosen_settings(view: View) -> Settings:
    """Return the settings that the address or the controls ask for; the controls themselves are in the browser."""

    def held(key: str) -> Number:  # what `keep_settings` put there
        value: Number = st.session_state[key]
        return value

    before = [st.session_state.get(address.key_of(name)) for name in NAMES]
    settings = Settings(
        temperature=address.number("temperature", 0, MOST_TEMPERATURE, 1.0, held, what="temperature"),
        top_k=int(address.number("top_k", 0, view.facts.vocab_size, 0, held, what="top-k")),
        top_p=address.number("top_p", 0, 1, 1.0, held, what="top-p"),
    )
    if before != [settings.temperature, settings.top_k, settings.top_p]:
        st.session_state["_bars_asked"] = st.session_state.get("_bars_asked", 0) + 1
    return settings


def keep_settings(sent: object, vocab_size: int) -> None:
    """Keep what the controls were set to."""
    settings = writing.settings_of(sent, vocab_size)
    if settings is not None:
        for name in NAMES:
            st.session_state[address.key_of(name)] = getattr(settings, name)


def on_settings(view: View) -> None:
    """Take what the browser reports when a control was moved."""
    keep_settings(st.session_state[KEY]["settings"], view.facts.vocab_size)


def on_act(view: View, logits: np.ndarray, blank: Blank | None) -> None:
    """Take what the browser asks for when a button was pressed, and where the controls stood."""
    sent = st.session_state[KEY]["act"]
    keep_settings(sent, view.facts.vocab_size)
    if blank is None:
        writing.act(view, sent, logits, partial(writing.behind, view))
    else:
        writing.act(view, sent, logits, partial(hiding.in_place, view, blank))
        hiding.stay(view)


def candidates(view: View, logits: np.ndarray) -> list[Candidate]:
    """Return the likeliest tokens by name."""
    ids = likeliest(logits, N_NAMED).tolist()
    return [
        Candidate(id=token_id, name=name, kind=kind)
        for token_id, name, kind in zip(
            ids, questions.names_of(view.trace, ids), questions.kinds_of(view.trace, ids), strict=True
        )
    ]


def candidate_columns(view: View, logits: np.ndarray, settings: Settings) -> Columns:
    """Return all three probabilities of every token of the vocabulary, the likeliest first."""
    chances = next_token(logits, settings)
    order = chances.order
    return {
        "rank": np.arange(1, len(order) + 1),
        "id": order,
        "token": questions.names_of(view.trace, order.tolist()),
        "logit": logits[order],
        "probability": chances.own[order],
        f"tempered_{settings.temperature:g}": chances.tempered[order],
        f"filtered_top_k_{settings.top_k}_top_p_{settings.top_p:g}": chances.filtered[order],
    }


def draw_candidates(view: View, logits: np.ndarray, blank: Blank | None = None) -> None:
    """Draw the bars, their controls, and the numbers to take away: of the next token, or of a blank."""
    settings = chosen_settings(view)
    box = writing.box_of(view)
    done = writing.answer(box)
    controls = Controls(
        temperature=settings.temperature,
        top_k=settings.top_k,
        top_p=settings.top_p,
        most_temperature=MOST_TEMPERATURE,
        asked=st.session_state.get("_bars_asked", 0),
        answered=done.serial,
        stopped=done.stopped,
        can_undo=writing.can_undo(box),
        note=done.note,
    )
    candidate_bars(
        pack(
            logits,
            candidates(view, logits),
            controls,
            wording=hiding.WORDING if blank else None,
            marked=hiding.marked(view, blank) if blank else None,
        ),
        key=KEY,
        on_settings=partial(on_settings, view),
        on_act=partial(on_act, view, logits, blank),
    )
    name = f"blank-{blank.place}" if blank else "next-token"
    downloads(view, name, lambda: candidate_columns(view, logits, settings))


def draw_lots() -> None:
    """Say how a lot is drawn, and ask for the seed."""
    with st.expander("How a lot is drawn", icon=":material/casino:"):
        st.markdown(
            "The tokens that are kept lie end to end on a line from 0 to 1, the likeliest first, each as long as its "
            "filtered probability. A random number picks the token it falls on."
        )
        writing.seed_box()
