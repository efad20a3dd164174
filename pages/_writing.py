"""How the sentence grows: a token is written behind it, by its probability, by lot or by a click, or taken back.

The text in the box is the only memory of what was written, so every page reads it. What a button asks for comes from
a browser and is checked like any other input.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from model import detail
from model.distribution import NextToken, Settings, next_token, sample
from model.errors import HeadlightError, NotShownError
from model.tokens import clean, spell
from pages import _address
from pages._shared import View
from viz.escape import markdown_text

MOST_SEED = 99_999
MOST_UNDONE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of the last button: a sentence, and whether anything was written."""

    note: str = ""
    stopped: bool = False
    serial: int = 0


def seed_box() -> None:
    """Show the seed of the lots. Each session has one of its own, unless the address or the box gives another."""
    own = st.session_state.setdefault("_writing_own_seed", secrets.randbelow(MOST_SEED + 1))
    _address.number(
        "seed",
        0,
        MOST_SEED,
        own,
        lambda key: int(
            st.number_input(
                "Seed of the lots",
                0,
                MOST_SEED,
                key=key,
                width=220,
                on_change=_begin_again,
                help="The same seed on a page that was freshly opened draws the same tokens again, one after another.",
            )
        ),
        what="seed",
    )


def _begin_again() -> None:
    st.session_state["_writing_n_draws"] = 0


def answer() -> Answer:
    """Return what became of the last button of this session."""
    found: Answer = st.session_state.setdefault("_writing_answer", Answer())
    return found


def can_undo(box: str) -> bool:
    """Return whether the text in the box is as the last button left it."""
    steps: list[tuple[str, str]] = st.session_state.setdefault("_writing_steps", [])
    return bool(steps) and steps[-1][1] == st.session_state.get(box, "")


def box_of(view: View) -> str:
    """Return the session key of the text that grows: the sentence, or what the decoder of two stacks reads."""
    return "_text_box" if len(view.trace.stacks) == 1 else "_widget_target"


def settings_of(sent: Any, vocab_size: int) -> Settings | None:
    """Return the settings that a browser sent, or None when they are none."""
    try:
        settings = Settings(
            temperature=float(sent["temperature"]), top_k=int(sent["top_k"]), top_p=float(sent["top_p"])
        )
    except (TypeError, ValueError, KeyError, OverflowError):
        return None
    return settings if settings.top_k <= vocab_size else None


def act(view: View, sent: Any) -> None:
    """Do what a button asked for: a callback, so the box may be changed before it is drawn again."""
    settings = settings_of(sent, view.facts.vocab_size)
    if settings is None or view.trace.logits is None:
        return
    note, stopped = "", True
    try:
        if sent.get("kind") == "undo":
            note, stopped = _undo(box_of(view)), False
        else:
            note, stopped = _write(view, next_token(view.trace.logits, settings), sent.get("kind"), sent.get("id"))
    except HeadlightError as error:
        note = str(error)
    st.session_state["_writing_answer"] = Answer(note=note, stopped=stopped, serial=answer().serial + 1)


def _undo(box: str) -> str:
    if not can_undo(box):
        return "There is nothing to take back: the sentence was changed since."
    before, _ = st.session_state["_writing_steps"].pop()
    st.session_state[box] = before
    return "Taken back."


def _write(view: View, chances: NextToken, kind: object, wanted: object) -> tuple[str, bool]:
    """Choose a token and put its text behind the sentence; return what to say and whether nothing was written."""
    how = ""
    if kind == "sampled":
        token_id, how = _draw(chances)
    elif kind == "token" and isinstance(wanted, int) and 0 <= wanted < len(chances.own):
        token_id = wanted
    else:
        token_id = int(chances.order[0])
    try:
        more = detail.continued(view.trace, token_id)
    except NotShownError as error:
        return f"{how}{error}", True
    box = box_of(view)
    before = clean(str(st.session_state.get(box, "")))[0] or (view.trace.target_text or "")
    after = before + more.added
    st.session_state[box] = after
    steps = st.session_state.setdefault("_writing_steps", [])
    del steps[: -MOST_UNDONE + 1]
    steps.append((before, after))
    (piece,) = detail.pieces_of(view.trace, [token_id])
    note = f"{how}Added {spell(piece)}, which the model itself gave {100 * chances.own[token_id]:.2f} %."
    if more.recut:
        note += (
            " The tokenizer cuts the longer text otherwise: it now ends in "
            f"{' | '.join(spell(each) for each in more.recut)}."
        )
    return note, False


def _draw(chances: NextToken) -> tuple[int, str]:
    """Draw a token by lot; return it and how: draw n of a seed is always the same number."""
    n_draws = st.session_state.get("_writing_n_draws", 0)
    st.session_state["_writing_n_draws"] = n_draws + 1
    seed = int(st.session_state.get("_widget_seed", 0))
    number = float(np.random.default_rng([seed, n_draws]).random())
    token_id = sample(chances, number)
    chance = 100 * chances.filtered[token_id]
    return token_id, f"Draw {n_draws + 1}: the lot {number:.4f} fell on a token with a chance of {chance:.2f} %. "


def say_what_fell_out(view: View) -> None:
    """Say how much of the text is out of the model's view."""
    window = view.window
    if window is None or not (window.fallen or window.n_fallen_characters):
        return
    parts = [f"{window.n_fallen_characters:,} characters"] * bool(window.n_fallen_characters)
    parts += [f"{len(window.fallen):,} token{'s' if len(window.fallen) > 1 else ''}"] * bool(window.fallen)
    st.markdown(
        markdown_text(
            f"The model reads {len(view.stack.tokens)} tokens at most here. The oldest fell out of its view: "
            f"{' and '.join(parts)}. It knows nothing of them any more."
        )
    )
