"""How the sentence changes: a token is written, by its probability, by lot or by a click, or taken back.

The text in the box is the only memory of what was written, so every page reads it. What a button asks for comes from
a browser and is checked like any other input.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.errors import HeadlightError, NotShownError
from headlight.model.reading.tokens import label, spell
from headlight.model.science.distribution import NextToken, Settings, next_token, sample
from headlight.pages.frame import address
from headlight.pages.frame.view import View

MOST_SEED = 99_999
MOST_UNDONE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of the last button: a sentence, whether nothing was written, and the text it left."""

    note: str = ""
    stopped: bool = True
    serial: int = 0
    text: str | None = None


def seed_box() -> None:
    """Show the seed of the lots. Each session has one of its own, unless the address or the box gives another."""
    own = st.session_state.setdefault("_writing_own_seed", secrets.randbelow(MOST_SEED + 1))
    address.number(
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


def answer(box: str) -> Answer:
    """Return what became of the last button of this session; nothing when the text was changed since."""
    found: Answer = st.session_state.setdefault("_writing_answer", Answer())
    return found if found.text == st.session_state.get(box) else Answer(serial=found.serial)


def can_undo(box: str) -> bool:
    """Return whether the text in the box is as the last button left it."""
    steps: list[tuple[str, str]] = st.session_state.setdefault("_writing_steps", [])
    return bool(steps) and steps[-1][1] == st.session_state.get(box, "")


def box_of(view: View) -> str:
    """Return the session key of the text that grows: the sentence, or what the decoder of two stacks reads."""
    return address.key_of("text" if len(view.trace.stacks) == 1 else "target")


def settings_of(sent: Any, vocab_size: int) -> Settings | None:
    """Return the settings that a browser sent, or None when they are none."""
    try:
        settings = Settings(
            temperature=float(sent["temperature"]), top_k=int(sent["top_k"]), top_p=float(sent["top_p"])
        )
    except (TypeError, ValueError, KeyError, OverflowError):
        return None
    return settings if settings.top_k <= vocab_size else None


Put = Callable[[int], tuple[str, str]]  # a token ID to the text with that token in it, and a sentence on it


def act(view: View, sent: Any, logits: np.ndarray, put: Put) -> None:
    """Do what a button asked for: a callback, so the box may be changed before it is drawn again.

    `put` may raise NotShownError: then nothing is written, and what it says is shown.
    """
    settings = settings_of(sent, view.facts.vocab_size)
    if settings is None:
        return
    box = box_of(view)
    try:
        if sent.get("kind") == "undo":
            note, stopped = _undo(box), True
        else:
            note, stopped = _write(box, next_token(logits, settings), sent.get("kind"), sent.get("id"), put)
    except HeadlightError as error:
        note, stopped = str(error), True
    st.session_state["_writing_answer"] = Answer(
        note=note, stopped=stopped, serial=answer(box).serial + 1, text=st.session_state.get(box)
    )


def _undo(box: str) -> str:
    if not can_undo(box):
        return "There is nothing to take back: the sentence was changed since."
    before, _ = st.session_state["_writing_steps"].pop()
    st.session_state[box] = before
    return "Taken back."


def _write(box: str, chances: NextToken, kind: object, wanted: object, put: Put) -> tuple[str, bool]:
    """Choose a token and put it into the text; return what to say and whether nothing was written."""
    how = ""
    if kind == "sampled":
        token_id, how = _draw(chances)
    elif kind == "token" and isinstance(wanted, int) and 0 <= wanted < len(chances.own):
        token_id = wanted
    else:
        token_id = int(chances.order[0])
    try:
        after, note = put(token_id)
    except NotShownError as error:
        return f"{how}{error}", True
    before = str(st.session_state.get(box, ""))
    st.session_state[box] = after
    steps = st.session_state.setdefault("_writing_steps", [])
    steps.append((before, after))
    del steps[:-MOST_UNDONE]
    return f"{how}{note}", False


def behind(view: View, token_id: int) -> tuple[str, str]:
    """Return the text with a token behind it, and what to say of it. Raises as `questions.continued` does."""
    more = questions.continued(view.trace, token_id)
    before = str(st.session_state.get(box_of(view), ""))
    after = (before or view.trace.target_text or "") + more.added  # an empty target: the model's own
    (piece,) = questions.pieces_of(view.trace, [token_id])
    note = f"Added “{spell(piece)}”."
    if more.recut:
        pieces = " | ".join(spell(each) for each in more.recut)
        note += f" The tokenizer cuts the longer text otherwise: it now ends in {pieces}."
    return after, note


def _draw(chances: NextToken) -> tuple[int, str]:
    """Draw a token by lot; return it and how: draw n of a seed is always the same number."""
    n_draws = st.session_state.get("_writing_n_draws", 0)
    st.session_state["_writing_n_draws"] = n_draws + 1
    number = float(np.random.default_rng([int(st.session_state.get(address.key_of("seed"), 0)), n_draws]).random())
    token_id = sample(chances, number)
    return token_id, f"Lot {n_draws + 1}, {number:.4f}, met a chance of {100 * chances.filtered[token_id]:.2f} %. "


def fallen_out(view: View) -> tuple[str, list[str]]:
    """Return a sentence on how much of the text is out of the model's view, "" for nothing, and its last tokens."""
    window = view.window
    if window is None or not (window.fallen or window.n_fallen_characters):
        return "", []
    parts = [f"{window.n_fallen_characters:,} characters"] * bool(window.n_fallen_characters)
    parts += [f"{len(window.fallen):,} token{'s' if len(window.fallen) > 1 else ''}"] * bool(window.fallen)
    note = f"{' and '.join(parts)} fell out of view: the model reads the last {window.most} tokens only."
    return note, [label(piece) for piece in window.fallen]
